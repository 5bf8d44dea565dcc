"""The trainer's peers: the same networks, losses and schedules in Python PyTorch, for scripts/bench train. Start, batches and noise
of the first steps come from a file of train_bench, so that their losses can be compared with ours; then each line on stdin is
a command and each answer a line of JSON:

    check      trains on the file's batches: {"losses": [{name: value} of each step]}
    run N      trains N steps on Fashion-MNIST: {"seconds": S}
    memory     {"peak_mib": of this process, "device_peak_mib": of the GPU}

Variants: eager is how the formulas are usually written down, one loss per network, in PyTorch's default memory format with
torch.optim.Adam. tuned shares passes between the losses as the trainer does, and has channels_last, fused Adam and an average
by foreach. folded is tuned, and upsampling folded into a transposed convolution as the trainer does. graphs is folded with the
step captured as CUDA graphs."""

import argparse
import gzip
import json
import resource
import sys
import time

import numpy
import torch
import torch.nn.functional as F
from safetensors import safe_open

# Rows: the taps of a 4x4 transposed convolution of stride 2 that each row of a 3x3 kernel behind nearest 2x adds to.
FOLD = torch.tensor([[0.0, 0, 1], [0, 1, 1], [1, 1, 0], [1, 0, 0]])


class Network(torch.nn.Module):
    """One role, from the trainer's list of layers. tensors: name -> values, convolutions as (O, H, W, I)."""

    def __init__(self, layers, tensors, variant):
        super().__init__()
        self.layers, self.variant = layers, variant
        self.register_buffer("fold", FOLD.clone())
        self.weights = torch.nn.ParameterDict()
        for name, value in tensors.items():
            if value.dim() == 4:
                value = value.permute(0, 3, 1, 2)
                value = value.contiguous() if variant == "eager" else value.contiguous(memory_format=torch.channels_last)
            self.weights[name.replace(".", "/")] = torch.nn.Parameter(value)

    def weight(self, layer, name):
        return self.weights[f"{layer['name'].replace('.', '/')}/{name}"]

    def forward(self, x, mix, taps=None):
        """x [N, C, H, W] or z [N, D] behind the prior, mix [N, K] -> [N, C, H, W] or [N, F]. taps gets activated layers' outputs."""
        values = [x]
        for layer in self.layers:
            x, kind = values[layer["input"]], layer["kind"]
            if kind == "class_concat":
                x = torch.cat([flat(x), mix], 1)
            elif kind == "dense":
                x = F.linear(flat(x), self.weight(layer, "weight"), self.weight(layer, "bias"))
                height, width, channels = layer["out"]
                if height > 1 or width > 1:
                    x = x.view(-1, height, width, channels).permute(0, 3, 1, 2)
                    x = x.contiguous() if self.variant == "eager" else x
            elif kind == "conv":
                x = F.conv2d(x, self.weight(layer, "weight"), self.weight(layer, "bias"), layer["stride"], 1)
            elif kind == "upsample_conv":
                weight, bias = self.weight(layer, "weight"), self.weight(layer, "bias")
                if self.variant in ("folded", "graphs"):
                    folded = torch.einsum("ay,oiyx,bx->ioab", self.fold, weight, self.fold)
                    x = F.conv_transpose2d(x, folded, bias, 2, 1)
                else:
                    x = F.conv2d(F.interpolate(x, scale_factor=2, mode="nearest"), weight, bias, 1, 1)
            elif kind == "add":
                x = x + values[layer["input2"]]
            if layer["activation"] == "relu":
                x = F.relu(x)
            elif layer["activation"] == "leaky_relu":
                x = F.leaky_relu(x, 0.2)
            elif layer["activation"] == "sigmoid":
                x = torch.sigmoid(x)
            elif layer["activation"] == "clamp01":
                x = InwardClamp.apply(x)
            values.append(x)
            if taps is not None and layer["activation"] != "none":
                taps.append(x)
        return x


def flat(x):
    return x if x.dim() == 2 else x.permute(0, 2, 3, 1).flatten(1)


class InwardClamp(torch.autograd.Function):
    """clamp(x, 0, 1) whose gradient passes wherever a step would move the value inward."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.clamp(0, 1)

    @staticmethod
    def backward(ctx, g):
        x, = ctx.saved_tensors
        return g.masked_fill(((x < 0) & (g > 0)) | ((x > 1) & (g < 0)), 0)


class Prior:
    """Latents u [N, Z] -> z [N, D] by the class's Gaussians, and a memory of codes."""

    def __init__(self, mean, scale, code, device):
        self.mean, self.code = mean, code
        rows, columns = torch.tril_indices(code, code)
        square = torch.zeros(scale.shape[0], code, code)
        square[:, rows, columns] = scale.cpu()
        self.scale = square.to(device).flatten(1)
        self.memory = torch.zeros(65536, code, device=device)
        self.labels = torch.zeros(65536, dtype=torch.long, device=device)
        self.next = torch.zeros(1, dtype=torch.long, device=device)

    def draw(self, u, mix):
        weights = mix
        for i in range(self.code, u.shape[1]):
            on = ((u[:, i:i + 1] + 1) * 0.5).clamp(0, 1)
            weights = (weights.unsqueeze(2) * torch.cat([1 - on, on], 1).unsqueeze(1)).flatten(1)
        scale = (weights @ self.scale).view(-1, self.code, self.code)
        return weights @ self.mean + torch.bmm(scale, u[:, :self.code].unsqueeze(2)).squeeze(2)

    def observe(self, z, mix):
        rows = (torch.arange(len(z), device=z.device) + self.next) % len(self.memory)
        self.memory.index_copy_(0, rows, z)
        self.labels.index_copy_(0, rows, mix.argmax(1))
        self.next.add_(len(z)).remainder_(len(self.memory))


def kl_of(mean, log_variance):
    return -0.5 * (1 + log_variance - mean.square() - log_variance.exp()).sum(1).mean()


def feature_error(real, fake):
    errors = [(f.float() - r.float()).square().mean() / (r.float().square().mean() + 1e-8) for r, f in zip(real, fake)]
    return torch.stack(errors).mean()


class Trainer:
    """The avae objective with its defaults: half of the fakes reconstructions, half samples."""

    def __init__(self, start, variant, device, precision):
        with safe_open(start, "pt") as file:
            self.setting = json.loads(file.metadata()["bench"])
            self.start = {key: file.get_tensor(key).to(device) for key in file.keys()}
        self.variant, self.device, self.precision = variant, device, precision
        self.reset()

    def reset(self):
        """Back to the start, so that check and run do not depend on what came before."""
        roles = self.setting["roles"]
        of = lambda role: {key[len(role) + 1:]: value.clone() for key, value in self.start.items()
                           if key.startswith(role + ".") and not key.startswith("decoder.prior.")}
        self.decoder, self.encoder, self.discriminator, self.decoder_average, self.encoder_average = (
            Network(roles[role], of(role), self.variant).to(self.device)
            for role in ("decoder", "encoder", "discriminator", "decoder", "encoder"))
        for average in (self.decoder_average, self.encoder_average):
            average.requires_grad_(False)
        self.prior = Prior(self.start["decoder.prior.mean"], self.start["decoder.prior.scale"], self.setting["code"], self.device)
        fast = {} if self.variant == "eager" else {"fused": True}
        if self.device.type == "cuda" and self.variant == "graphs":
            fast["capturable"] = True
        beta1, beta2, epsilon = self.setting["adam"]
        rate = self.setting["learning_rate"]
        rate = torch.tensor(rate, device=self.device) if self.variant == "graphs" else rate
        adam = lambda *networks: torch.optim.Adam([p for n in networks for p in n.parameters()], lr=rate, betas=(beta1, beta2), eps=epsilon, **fast)
        self.generator_adam, self.discriminator_adam = adam(self.decoder, self.encoder), adam(self.discriminator)
        self.balance = torch.ones((), device=self.device)
        self.age = torch.zeros((), device=self.device)

    def network(self, module, *arguments, taps=None):
        bf16 = self.precision == "bf16"
        with torch.autocast(self.device.type, torch.bfloat16, enabled=bf16, cache_enabled=False):
            return module(*arguments, taps=taps).float()

    def judge(self, x, mix, taps=None):
        out = self.network(self.discriminator, x, mix, taps=taps)
        return out[:, 0] + (out[:, 1:] * mix).sum(1)

    def generate(self, batch):
        x, mix, half = batch["x"], batch["mix"], len(batch["x"]) // 2
        mean, log_variance = self.network(self.encoder, x, mix * batch["class_kept"]).chunk(2, 1)
        z = mean + (0.5 * log_variance).exp() * batch["posterior"]
        self.prior.observe(z.detach(), mix)
        return mean, log_variance, z, self.prior.draw(batch["prior"][half:], mix[half:])

    def discriminator_loss(self, batch, fakes, penalise):
        x, mix, n = batch["x"], batch["mix"], len(batch["x"])
        if self.variant == "eager":
            x, fakes = x.detach().requires_grad_(penalise), fakes.detach().requires_grad_(penalise)
            real, fake = self.judge(x, mix), self.judge(fakes, mix)
            inputs, logits = (x, fakes), real.sum() + fake.sum()
        else:
            both = torch.cat([x, fakes.detach()]).contiguous(memory_format=torch.channels_last).requires_grad_(penalise)
            logits = self.judge(both, mix.repeat(2, 1))
            real, fake = logits.chunk(2)
            inputs, logits = (both,), logits.sum()
        loss = F.softplus(fake - real).mean()
        losses = {"discriminator": loss.detach(), "margin": (real.mean() - fake.mean()).detach()}
        if penalise:
            slopes = torch.autograd.grad(logits, inputs, create_graph=True)
            penalty = sum(slope.square().sum() for slope in slopes) / n
            losses["penalty"] = penalty.detach()
            loss = loss + 0.5 * self.setting["gamma"] * self.setting["penalty_every"] * penalty
        return loss, losses

    def train_discriminator(self, batch, fakes, penalise):
        loss, losses = self.discriminator_loss(batch, fakes, penalise)
        self.discriminator_adam.zero_grad()
        loss.backward()
        self.discriminator_adam.step()
        return losses

    def weight(self, likelihood_norm, adversarial_norm):
        ratio = (likelihood_norm / (adversarial_norm + 1e-8)).clamp(0, 10)
        self.balance.mul_(0.99).add_(ratio, alpha=0.01)
        return self.balance * self.setting["adversarial_weight"]

    def average(self):
        self.age += 1
        share = 1 - ((self.age + 1) / (self.age + 10)).clamp_max(self.setting["ema_decay"])
        for average, network in ((self.decoder_average, self.decoder), (self.encoder_average, self.encoder)):
            mine, theirs = list(average.parameters()), [p.detach() for p in network.parameters()]
            if self.variant == "eager":
                for a, p in zip(mine, theirs):
                    a.lerp_(p, share)
            else:
                torch._foreach_lerp_(mine, theirs, [share] * len(mine)) if self.device.type == "cuda" else torch._foreach_lerp_(mine, theirs, share.item())

    def apply(self, decoder_gradients, encoder_gradients):
        for network, gradients in ((self.decoder, decoder_gradients), (self.encoder, encoder_gradients)):
            for parameter, gradient in zip(network.parameters(), gradients):
                # Fused Adam takes both in the order they lie in memory.
                parameter.grad = gradient.contiguous(memory_format=torch.channels_last) if self.variant != "eager" and gradient.dim() == 4 else gradient
        self.generator_adam.step()
        self.average()

    def step(self, batch, penalise):
        first = self.first(batch)
        losses = self.train_discriminator(batch, first["fakes"], penalise)
        return losses | self.second(batch, first)

    def first(self, batch):
        return self.first_eager(batch) if self.variant == "eager" else self.first_tuned(batch)

    def second(self, batch, first):
        return self.second_eager(batch, first) if self.variant == "eager" else self.second_tuned(batch, first)

    def first_eager(self, batch):
        half = len(batch["x"]) // 2
        mean, log_variance, z, code = self.generate(batch)
        reconstruction = self.network(self.decoder, z, batch["mix"])
        sample = self.network(self.decoder, code, batch["mix"][half:])
        return {"mean": mean, "log_variance": log_variance, "reconstruction": reconstruction,
                "fakes": torch.cat([reconstruction[:half], sample])}

    def second_eager(self, batch, first):
        x, mix, half = batch["x"], batch["mix"], len(batch["x"]) // 2
        reconstruction, fakes = first["reconstruction"], first["fakes"]
        self.discriminator.requires_grad_(False)
        real_taps, fake_taps = [], []
        with torch.no_grad():
            real = self.judge(x, mix, real_taps)
        fake = self.judge(fakes, mix, fake_taps)
        self.discriminator.requires_grad_(True)
        adversarial = F.softplus(real - fake).mean()
        feature = feature_error([tap[:half] for tap in real_taps], [tap[:half] for tap in fake_taps])
        mse = (x - reconstruction).square().mean()
        likelihood = mse / (2 * self.setting["sigma"] ** 2) + self.setting["feature_weight"] * feature
        kl = kl_of(first["mean"], first["log_variance"])
        last = self.decoder.weight({"name": "head"}, "weight")
        weight = self.weight(torch.autograd.grad(likelihood, last, retain_graph=True)[0].norm(),
                             torch.autograd.grad(adversarial, last, retain_graph=True)[0].norm())
        encoder_gradients = torch.autograd.grad(likelihood + self.setting["beta"] / x[0].numel() * kl, list(self.encoder.parameters()), retain_graph=True)
        decoder_gradients = torch.autograd.grad(likelihood + weight * adversarial, list(self.decoder.parameters()))
        self.apply(decoder_gradients, encoder_gradients)
        return {"adversarial": adversarial.detach(), "adversarial_weight": weight, "mse": mse.detach(), "feature": feature.detach(), "kl": kl.detach()}

    def first_tuned(self, batch):
        mix, half = batch["mix"], len(batch["x"]) // 2
        mean, log_variance, z, code = self.generate(batch)
        judged_z = z[:half].detach().requires_grad_(True)
        rest_z = torch.cat([z[half:].detach(), code]).requires_grad_(True)
        judged = self.network(self.decoder, judged_z, mix[:half])
        rest = self.network(self.decoder, rest_z, mix[half:].repeat(2, 1))
        return {"mean": mean, "log_variance": log_variance, "z": z, "judged_z": judged_z, "rest_z": rest_z, "judged": judged, "rest": rest,
                "fakes": torch.cat([judged, rest[half:]]).detach()}

    def second_tuned(self, batch, first):
        x, mix, n = batch["x"], batch["mix"], len(batch["x"])
        half = n // 2
        judged, rest = first["judged"], first["rest"]
        real_taps, fake_taps, unused = [], [], []
        with torch.no_grad():
            real = self.judge(x, mix, real_taps)
        sample_leaf = rest[half:].detach().requires_grad_(True)
        judged_leaf = judged.detach().requires_grad_(True)
        on_sample = F.softplus(real[half:] - self.judge(sample_leaf, mix[half:])).mean() * 0.5
        sample_gradient = torch.autograd.grad(on_sample, sample_leaf)[0]
        on_judged = F.softplus(real[:half] - self.judge(judged_leaf, mix[:half], fake_taps)).mean() * 0.5
        judged_gradient = torch.autograd.grad(on_judged, judged_leaf, retain_graph=True)[0]
        feature = feature_error([tap[:half] for tap in real_taps], fake_taps)
        reconstruction = torch.cat([judged, rest[:half]]).detach()
        error = reconstruction - x
        likelihood = error / (self.setting["sigma"] ** 2 * x.numel())
        likelihood[:half] += self.setting["feature_weight"] * torch.autograd.grad(feature, judged_leaf)[0]
        nothing = torch.zeros_like(sample_gradient)
        last = self.decoder.weight({"name": "head"}, "weight")
        pair = (judged, rest)
        likelihood_flow = (likelihood[:half], torch.cat([likelihood[half:], nothing]))
        adversarial_flow = (judged_gradient, torch.cat([nothing, sample_gradient]))
        weight = self.weight(torch.autograd.grad(pair, last, likelihood_flow, retain_graph=True)[0].norm(),
                             torch.autograd.grad(pair, last, adversarial_flow, retain_graph=True)[0].norm())
        judged_z = torch.autograd.grad(judged, first["judged_z"], likelihood[:half], retain_graph=True)[0]
        flow = [a + weight * b for a, b in zip(likelihood_flow, adversarial_flow)]
        *decoder_gradients, rest_z = torch.autograd.grad(pair, [*self.decoder.parameters(), first["rest_z"]], flow)
        kl = kl_of(first["mean"], first["log_variance"])
        term = kl * (self.setting["beta"] / x[0].numel())
        encoder_gradients = torch.autograd.grad([term, first["z"]], list(self.encoder.parameters()),
                                                [torch.ones_like(term), torch.cat([judged_z, rest_z[:half]])])
        self.apply(decoder_gradients, encoder_gradients)
        return {"adversarial": (on_sample + on_judged).detach(), "adversarial_weight": weight, "mse": error.square().mean(),
                "feature": feature.detach(), "kl": kl.detach()}


class Graphs:
    """Trainer's step as CUDA graphs: generating, the discriminator's step with and without penalties, the generator's step."""

    def __init__(self, trainer, batch):
        self.trainer = trainer
        self.batch = {key: value.clone() for key, value in batch.items()}
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for step in range(4):
                trainer.step(self.batch, step % 2 == 0)
        torch.cuda.current_stream().wait_stream(side)
        self.first, self.plain, self.penalised, self.second = (torch.cuda.CUDAGraph() for _ in range(4))
        pool = torch.cuda.graph_pool_handle()
        with torch.cuda.graph(self.first, pool=pool):
            first = trainer.first(self.batch)
        with torch.cuda.graph(self.plain, pool=pool):
            self.plain_losses = trainer.train_discriminator(self.batch, first["fakes"], False)
        with torch.cuda.graph(self.penalised, pool=pool):
            self.penalised_losses = trainer.train_discriminator(self.batch, first["fakes"], True)
        with torch.cuda.graph(self.second, pool=pool):
            self.losses = trainer.second(self.batch, first)

    def step(self, batch, penalise):
        for key, value in batch.items():
            self.batch[key].copy_(value)
        self.first.replay()
        (self.penalised if penalise else self.plain).replay()
        self.second.replay()
        return (self.penalised_losses if penalise else self.plain_losses) | self.losses


class Data:
    """Fashion-MNIST on the device, in an order drawn anew each epoch."""

    def __init__(self, setting, device):
        self.setting, self.device = setting, device
        read = lambda name, head: torch.from_numpy(numpy.frombuffer(gzip.open(f"{setting['data']}/{name}.gz").read(), numpy.uint8)[head:].copy()).to(device)
        self.pixels = read("train-images-idx3-ubyte", 16).view(-1, 28, 28, 1)
        self.labels = read("train-labels-idx1-ubyte", 8).long()
        self.place, self.order = 0, None

    def batch(self):
        n, code, latent = self.setting["batch"], self.setting["code"], self.setting["latent"]
        if self.order is None or self.place + n > len(self.order):
            self.place, self.order = 0, torch.randperm(len(self.labels), device=self.device)
        index = self.order[self.place:self.place + n]
        self.place += n
        prior = torch.randn(n, latent, device=self.device)
        prior[:, code:] = (prior[:, code:] >= 0).float() * 2 - 1
        return {"x": self.pixels[index].float().div_(255).permute(0, 3, 1, 2), "mix": F.one_hot(self.labels[index], 10).float(),
                "posterior": torch.randn(n, code, device=self.device), "prior": prior,
                "class_kept": (torch.rand(n, 1, device=self.device) >= 0.1).float()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--start", required=True, help="the file of train_bench --start")
    parser.add_argument("--variant", choices=["eager", "tuned", "folded", "graphs"], required=True)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", choices=["fp32", "tf32", "bf16"], default="fp32")
    parser.add_argument("--threads", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    device = torch.device(arguments.device)
    if device.type == "cuda":
        torch.backends.cudnn.benchmark = arguments.variant != "eager"
        tf32 = arguments.precision != "fp32"
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32
    trainer = Trainer(arguments.start, arguments.variant, device, arguments.precision)
    data = Data(trainer.setting, device)
    setting, steps, runner = trainer.setting, 0, None
    for line in sys.stdin:
        command, *rest = line.split()
        if command == "check":
            trainer.reset()
            runner, losses = None, []
            for step in range(setting["check_steps"]):
                batch = {key: trainer.start[f"step{step}.{key}"] for key in ("x", "mix", "posterior", "prior", "class_kept")}
                got = trainer.step(batch, step % setting["penalty_every"] == 0)
                losses.append({name: float(value) for name, value in got.items()})
            answer = {"losses": losses}
        elif command == "run":
            if runner is None:
                runner = Graphs(trainer, data.batch()) if arguments.variant == "graphs" else trainer
            wait(device)
            began = time.perf_counter()
            for _ in range(int(rest[0])):
                runner.step(data.batch(), steps % setting["penalty_every"] == 0)
                steps += 1
            wait(device)
            answer = {"seconds": time.perf_counter() - began}
        elif command == "memory":
            answer = {"peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
            if device.type == "cuda":
                answer["device_peak_mib"] = torch.cuda.max_memory_reserved() / 2**20
        else:
            sys.exit(f"train_torch.py: no command {command}")
        print(json.dumps(answer), flush=True)


def wait(device):
    if device.type == "cuda":
        torch.cuda.synchronize()


if __name__ == "__main__":
    main()
