"""Muon for the convolutions' matrices, AdamW for the rest."""
import torch


def orthogonal(stack):
    """Matrices × rows × columns, each with its singular values pushed towards one.

    Source: the quintic Newton-Schulz iteration of the Muon optimiser (Keller Jordan, 2024).
    """
    x = stack.transpose(1, 2) if stack.shape[1] > stack.shape[2] else stack
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(5):
        square = x @ x.transpose(1, 2)
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    return x.transpose(1, 2) if stack.shape[1] > stack.shape[2] else x


class Muon(torch.optim.Optimizer):
    """Momentum whose direction is made orthogonal; matrices of one shape are done together."""

    def __init__(self, parameters, lr, momentum=0.95, decay=0.025):
        super().__init__(parameters, dict(lr=lr, momentum=momentum, decay=decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            alike = {}
            for p in group["params"]:
                if p.grad is not None:
                    alike.setdefault((len(p), p[0].numel()), []).append(p)
            for (rows, columns), members in alike.items():
                updates = []
                for p in members:
                    moment = self.state[p].setdefault("moment", torch.zeros_like(p))
                    moment.lerp_(p.grad, 1 - group["momentum"])
                    updates.append(p.grad.lerp(moment, group["momentum"]).reshape(rows, columns))
                length = group["lr"] * max(1.0, rows / columns) ** 0.5
                for p, update in zip(members, orthogonal(torch.stack(updates))):
                    p.mul_(1 - group["lr"] * group["decay"])
                    p.add_(update.reshape(p.shape), alpha=-length)


def optimizers(network, muon_rate, rate):
    """All inner convolutions by Muon; stem, last layers, normalisation and biases by AdamW."""
    matrices, weights, rest = [], [], []
    for name, p in network.named_parameters():
        outer = name.startswith("stem") or ".logits." in name or ".distances." in name
        (rest if p.ndim != 4 else weights if outer else matrices).append(p)
    return [Muon(matrices, muon_rate),
            torch.optim.AdamW([{"params": weights, "weight_decay": 0.05},
                               {"params": rest, "weight_decay": 0.0}], lr=rate)]
