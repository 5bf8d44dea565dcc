// avae-play: the desktop playground. A program of its own, because LibTorch brings an LLVM of its own into a process,
// which crashes the graphics drivers that use the system's.
#include "native/cli/program.hpp"

int main(int argc, char** argv) { return avae::cli::run_program(argc, argv, avae::cli::add_play); }
