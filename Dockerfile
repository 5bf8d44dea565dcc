FROM debian:trixie
COPY scripts/toolchain.packages /
RUN apt-get update && apt-get install -y --no-install-recommends $(grep -v '#' /toolchain.packages) && apt-get clean
