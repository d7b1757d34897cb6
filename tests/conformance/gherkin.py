"""What the features of flagd's testbed use of Gherkin: backgrounds, scenarios, outlines with examples, tags, tables."""


class Scenario:
    def __init__(self, name, tags, steps):
        self.name = name
        self.tags = tags
        self.steps = steps  # (text without its keyword, table)


def read(text):
    """Every scenario of a feature, an outline once for each row of its examples."""
    scenarios, background, feature_tags, tags = [], [], set(), set()
    steps, current, examples = background, None, []

    def end():
        if current is None:
            return
        if not examples:
            scenarios.append(current)
        for example_tags, (names, *rows) in examples:
            for row in rows:
                filled = [(fill(step, names, row), table) for step, table in current.steps]
                scenarios.append(Scenario(current.name, current.tags | example_tags, filled))

    for line in (line.strip() for line in text.splitlines()):
        keyword, _, rest = line.partition(" ")
        if not line or line.startswith("#"):
            continue
        if line.startswith("@"):
            tags |= set(line.split())
        elif line.startswith("|"):
            row = [cell.strip() for cell in line.strip("|").split("|")]
            (examples[-1][1] if examples else steps[-1][1]).append(row)
        elif line.startswith("Feature:"):
            feature_tags, tags = tags, set()
        elif line.startswith("Scenario"):
            end()
            current = Scenario(line.partition(":")[2].strip(), tags | feature_tags, list(background))
            steps, examples, tags = current.steps, [], set()
        elif line.startswith("Examples:"):
            examples.append((tags, []))
            tags = set()
        elif keyword in ("Given", "When", "Then", "And"):
            steps.append((rest, []))
    end()
    return scenarios


def fill(text, names, row):
    for name, value in zip(names, row):
        text = text.replace(f"<{name}>", value)
    return text
