"""Modules of PyTorch: the same numbers from the same weights."""

import numpy as np
import pytest

from ranvier.convert.files import from_torch_module, read_network
from ranvier.convert.files.layout import BatchNorm, Conv, Dense, Flatten, ReLU
from tests.convert.files.forward import run

torch = pytest.importorskip("torch", reason="the extra torch is not installed")
nn = torch.nn


def settled(module, shape):
    """Sizes found, statistics drawn, for inference."""
    torch.manual_seed(0)
    module.eval()
    module(torch.zeros(2, *shape))
    for part in module.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            part.running_mean.normal_()
            part.running_var.uniform_(0.5, 2)
            part.weight.data.normal_()
    return module


def last(x):
    return np.moveaxis(x, 1, -1) if x.ndim > 2 else x


MODULES = {
    "a plane": (
        lambda: nn.Sequential(
            nn.Conv2d(3, 6, 3, 2, 1),
            nn.BatchNorm2d(6),
            nn.ReLU(),
            nn.MaxPool2d(3, 2, 1, ceil_mode=True),
            nn.Sequential(nn.Conv2d(6, 6, 3, padding="same", dilation=2, groups=2), nn.ReLU()),
            nn.ZeroPad2d((1, 2, 0, 1)),
            nn.AvgPool2d(2, 2, 1, count_include_pad=False),
            nn.Dropout2d(),
            nn.Flatten(),
            nn.LazyLinear(7),
            nn.BatchNorm1d(7),
            nn.ReLU(),
            nn.Linear(7, 3, bias=False),
        ),
        (3, 13, 11),
    ),
    "a line": (
        lambda: nn.Sequential(
            nn.Conv1d(2, 4, 3, padding="valid", dilation=2),
            nn.ReLU(),
            nn.AvgPool1d(3, 2, 1, ceil_mode=True),
            nn.AdaptiveMaxPool1d(1),
            nn.Flatten(),
            nn.Linear(4, 2),
        ),
        (2, 14),
    ),
    "space": (
        lambda: nn.Sequential(
            nn.Conv3d(1, 3, 2),
            nn.MaxPool3d(2),
            nn.ZeroPad3d((1, 0, 0, 1, 2, 0)),
            nn.Conv3d(3, 2, 1, padding=1),
            nn.AdaptiveAvgPool3d(1),
            nn.Flatten(),
            nn.Identity(),
        ),
        (1, 5, 6, 7),
    ),
}


@pytest.mark.parametrize(("made", "shape"), MODULES.values(), ids=MODULES)
def test_layers_in_a_row(made, shape):
    module = settled(made(), shape)
    x = torch.randn(4, *shape)
    y = module(x).detach().numpy()
    read = from_torch_module(module, shape)
    np.testing.assert_allclose(run(read, last(x.numpy())), last(y), rtol=1e-5, atol=1e-6)
    assert read.file_shape == shape


def test_files_of_weights(tmp_path):
    module = settled(
        nn.Sequential(
            nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.Flatten(), nn.LazyLinear(3)
        ),
        (1, 6, 5),
    )
    torch.save(module.state_dict(), tmp_path / "plain.pt")
    torch.save({"epoch": 3, "state_dict": module.state_dict()}, tmp_path / "within.pth")
    layout = [Conv(), BatchNorm(), ReLU(), Flatten(), Dense()]
    x = torch.randn(4, 1, 6, 5)
    y = module(x).detach().numpy()
    for name in ("plain.pt", "within.pth"):
        read = read_network(tmp_path / name, layout=layout, in_shape=(1, 6, 5))
        np.testing.assert_allclose(run(read, last(x.numpy())), y, rtol=1e-5, atol=1e-6)
    torch.save(module, tmp_path / "whole.pt")
    with pytest.raises(ValueError, match=r"whole.pt cannot be loaded as weights alone"):
        read_network(tmp_path / "whole.pt", layout=layout, in_shape=(1, 6, 5))
    torch.save([1, 2], tmp_path / "list.pt")
    with pytest.raises(ValueError, match="holds a list, expected names with tensors"):
        read_network(tmp_path / "list.pt", layout=layout, in_shape=(1, 6, 5))


class Custom(nn.Module):
    def forward(self, x):
        return x


REFUSED = {
    "a leak": (
        lambda: nn.LeakyReLU(),
        r"layer '0' \(LeakyReLU\): is no layer .* torch.onnx.export",
    ),
    "a bounded unit": (lambda: nn.ReLU6(), r"\(ReLU6\): is no layer of a ReLU network"),
    "code": (lambda: Custom(), r"\(Custom\): is no layer of a ReLU network"),
    "another padding": (
        lambda: nn.Conv2d(2, 2, 3, padding_mode="circular"),
        "pads with 'circular'",
    ),
    "a pooling with gaps": (lambda: nn.MaxPool2d(2, dilation=2), "has a dilation"),
    "another divisor": (lambda: nn.AvgPool2d(2, divisor_override=3), "divides by 3"),
    "several places": (lambda: nn.AdaptiveAvgPool2d(2), r"pools to \(2,\) places"),
    "the batch": (lambda: nn.BatchNorm2d(2, track_running_stats=False), "by the batch at hand"),
    "some axes": (lambda: nn.Flatten(2), "joins the axes 2 to -1 only"),
}


@pytest.mark.parametrize(("made", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(made, words):
    with pytest.raises(ValueError, match=words):
        from_torch_module(nn.Sequential(made()), (2, 6, 6))


def test_a_softmax_in_the_middle_and_a_layer_twice():
    twice = nn.Linear(4, 4)
    with pytest.raises(ValueError, match=r"layer '1' \(Dense\): comes after the Softmax"):
        from_torch_module(nn.Sequential(nn.Softmax(1), nn.Linear(4, 4)), 4)
    read = from_torch_module(nn.Sequential(twice, nn.ReLU(), twice), 4)
    x = torch.randn(3, 4)
    y = twice(torch.relu(twice(x))).detach().numpy()
    np.testing.assert_allclose(run(read, x.numpy()), y, rtol=1e-5, atol=1e-6)
