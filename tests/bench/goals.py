"""Goals: what is measured, its bound, and the figures that were reached."""

from dataclasses import dataclass


@dataclass
class Goal:
    """Figures with a name each, such as the number of connections, all of which have one bound."""

    what: str
    # Whether the figures have to reach the bound, rather than stay below it.
    least: bool
    bound: float
    figures: dict
    unit: str = ""

    def is_met(self, figure):
        return figure >= self.bound if self.least else figure <= self.bound

    def row(self):
        met = [name for name, figure in self.figures.items() if self.is_met(figure)]
        if len(met) in (0, len(self.figures)):
            word = "yes" if met else "no"
        else:
            word = f"only at {listed(met)}"
        names = [name for name in self.figures if name]
        at = f" at {listed(names)}" if names else ""
        unit = f" {self.unit}" if self.unit else ""
        goal = f"{'≥' if self.least else '≤'} {self.bound:,g}{unit}"
        return [self.what, goal, f"{', '.join(map(shown, self.figures.values()))}{unit}{at}", word]


def at_most(what, bound, figures, unit=""):
    return Goal(what, False, bound, figures, unit)


def at_least(what, bound, figures, unit=""):
    return Goal(what, True, bound, figures, unit)


def shown(figure):
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.1f}" if figure >= 10 else f"{figure:.2f}"


def listed(names):
    *others, last = map(str, names)
    return f"{', '.join(others)} and {last}" if others else last
