"""Which cell answers for which box, and what an answer costs."""
import torch
import torch.nn.functional as F

from model import NAMES, STRIDES

CLASSES = len(NAMES)


class Cells:
    """Centres and strides of all cells of an input size, in pixels of the input."""

    def __init__(self, width, height, device="cpu"):
        centres, strides = [], []
        for stride in STRIDES:
            y, x = torch.meshgrid(torch.arange(height // stride), torch.arange(width // stride),
                                  indexing="ij")
            centres.append((torch.stack([x, y], -1).reshape(-1, 2) + 0.5) * stride)
            strides.append(torch.full((len(centres[-1]),), float(stride)))
        self.centres = torch.cat(centres).to(device)
        self.strides = torch.cat(strides).to(device)

    def boxes(self, distances):
        d = torch.exp(distances.clamp(-4, 4.5)) * self.strides[:, None]
        return torch.cat([self.centres - d[..., :2], self.centres + d[..., 2:]], -1)


def flat(outputs):
    """The three outputs as pictures × cells × channels, in float32."""
    return torch.cat([o.float().flatten(2) for o in outputs], 2).transpose(1, 2)


def overlap(a, b, general=False):
    """Intersection over union of boxes pair by pair; generalised, it tells far from near too."""
    common = (torch.minimum(a[..., 2:], b[..., 2:])
              - torch.maximum(a[..., :2], b[..., :2])).clamp(min=0).prod(-1)
    union = (a[..., 2:] - a[..., :2]).prod(-1) + (b[..., 2:] - b[..., :2]).prod(-1) - common + 1e-7
    if not general:
        return common / union
    hull = (torch.maximum(a[..., 2:], b[..., 2:])
            - torch.minimum(a[..., :2], b[..., :2])).prod(-1) + 1e-7
    return common / union - (hull - union) / hull


@torch.no_grad()
def assign(probabilities, boxes, truth, cells, most=10, radius=1.5):
    """Task-aligned assignment: the cells that classify and locate a box best answer for it.

    `truth` is pictures × boxes × 6 (corners, class, quality; quality 0 is padding). Gives for every
    cell the box it answers for, its alignment with it (0 to 1), and whether it answers at all.
    """
    corners, classes, present = truth[:, :, None, :4], truth[:, :, 4].long(), truth[:, :, 5] > 0
    centres, strides = cells.centres[None, None], cells.strides
    within = torch.cat([centres - corners[..., :2], corners[..., 2:] - centres], -1).amin(-1) > 0
    middle = (corners[..., :2] + corners[..., 2:]) / 2
    side = (corners[..., 2:] - corners[..., :2]).amax(-1)
    near = ((centres - middle).abs().amax(-1) < strides * radius) & (side < 6 * strides)
    allowed = (within | near) & (side > 0.35 * strides) & (side < 24 * strides) & present[..., None]
    quality = overlap(boxes[:, None], corners).clamp(min=0)
    index = classes[:, None].expand(-1, probabilities.shape[1], -1)
    score = torch.gather(probabilities, 2, index).transpose(1, 2)
    alignment = score.sqrt() * (quality + 1e-3) ** 4 * allowed
    best, at = alignment.topk(min(most, alignment.shape[2]), -1)
    chosen = torch.zeros_like(alignment, dtype=torch.bool).scatter_(2, at, best > 0)
    # A cell that two boxes want goes to the one it overlaps more.
    wanted, owner = torch.where(chosen, quality, quality.new_tensor(-1.0)).max(1)
    mine = torch.zeros_like(chosen).scatter_(1, owner[:, None], True) & chosen
    alignment, quality = alignment * mine, quality * mine
    relative = alignment / (alignment.amax(-1, keepdim=True) + 1e-9)
    return owner, (relative * quality.amax(-1, keepdim=True)).amax(1), wanted > -0.5


def detection_loss(outputs, truth, ignored, cells, box_weight=2.5, floor=0.1):
    """Quality focal loss over classes plus generalised IoU loss over boxes.

    The target of a cell that answers for a box is its alignment with the box, times the box's
    quality: a label of people asks for all of it, a teacher's box for as much as the teacher is
    usually right. Negatives are left out where `ignored` is 1; positives always count.
    """
    answers = flat(outputs)
    logits, boxes = answers[..., :CLASSES], cells.boxes(answers[..., CLASSES:])
    probabilities = logits.detach().sigmoid()
    owner, alignment, positive = assign(probabilities, boxes.detach(), truth, cells)
    own = torch.gather(truth, 1, owner[..., None].expand(-1, -1, 6))
    target = alignment.clamp(min=floor) * own[..., 5] * positive
    targets = torch.zeros_like(logits).scatter_(2, own[..., 4:5].long(), target[..., None])
    counted = torch.where(targets > 0, 1.0, 1.0 - ignored.float())
    total = target.sum().clamp(min=len(truth) * 0.25)
    entropy = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    class_loss = (entropy * (probabilities - targets) ** 2 * counted).sum() / total
    # Summed over all cells rather than picked out: shapes stay the same from step to step.
    miss = 1 - overlap(boxes, own[..., :4], general=True)
    box_loss = (torch.where(positive, miss, 0.0) * target).sum() / total
    return class_loss + box_weight * box_loss, class_loss.detach(), box_loss.detach()
