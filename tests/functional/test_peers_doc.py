"""The examples of what docs/en says of calls between plugins: the C++ compiles with the SDK alone, manifests are TOML."""
import re
import subprocess
import tomllib

import pytest

from mortise_server import ROOT

TEXTS = {name: (ROOT / "docs/en" / name).read_text() for name in ("plugin-peers.md", "rules-evaluation.md")}


def blocks(kind):
    return [(name, block) for name, text in TEXTS.items() for block in re.findall(rf"```{kind}\n(.*?)```", text, re.S)]


def test_nothing_is_left_out():
    assert [name for name, _ in blocks("cpp")] == ["plugin-peers.md"] * 2 + ["rules-evaluation.md"]
    assert len(blocks("toml")) == 3


@pytest.mark.parametrize("number", range(3))
def test_examples_compile(number, tmp_path):
    source = tmp_path / "plugin.cpp"
    source.write_text(blocks("cpp")[number][1])
    done = subprocess.run(["g++", "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror",
                           "-I", ROOT / "sdk/include", source], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_what_is_called_is_provided():
    """Manifests of callers list interfaces of the manifests of providers, here or in the rules plugin."""
    read = [tomllib.loads(block) for _, block in blocks("toml")]
    read.append(tomllib.loads((ROOT / "plugins/rules/manifest.toml").read_text()))
    provided = {one["interface"]: one["methods"] for manifest in read for one in manifest.get("provides", [])}
    called = {interface for manifest in read for interface in manifest.get("calls", [])}
    assert called == {"stock.levels/1", "rules.decisions/1"} <= set(provided)
    asked = re.findall(r'call\((?:"stock.levels/1"|kRules), "(\w+)"', "".join(block for _, block in blocks("cpp")))
    assert asked == ["reserve", "evaluate"]
    methods = re.findall(r'\.interface = "stock.levels/1", \.name = "(\w+)"', TEXTS["plugin-peers.md"])
    assert methods == provided["stock.levels/1"]
