"""Parts that a text names: made from it, written as it, entered by being defined, refused in a line."""

from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from plainweave.errors import ConfigurationError
from plainweave.named import Named


class Shape(Named):
    family = "shape"
    registry: ClassVar[dict[str, type[Named]]] = {}


@dataclass(frozen=True)
class Point(Shape):
    name = "point"


@dataclass(frozen=True)
class Circle(Shape):
    radius: float = 1.0
    name = "circle"


@dataclass(frozen=True)
class Box(Shape):
    width: float
    sides: int = 4
    open: bool = False
    color: str | None = None
    name = "box"


@dataclass(frozen=True)
class Path(Shape):
    steps: tuple[float, ...] = (0.5,)
    name = "path"


@dataclass(frozen=True)
class Picture(Shape):
    """With an argument that no text holds."""

    pixels: object
    scale: float = 2.0
    name = "picture"

    @classmethod
    def unnamed(cls) -> tuple[str, ...]:
        return ("pixels",)


class Plain(Shape):
    """No dataclass, and without settings."""

    name = "plain"


class Settled(Shape):
    """No dataclass, with a setting that no text holds."""

    name = "settled"

    def __init__(self) -> None:
        self.size = 3


class Child(Circle):
    """Without a name of its own."""


ALL = [
    (Point(), "point"),
    (Circle(), "circle:1.0"),
    (Circle(1e-300), "circle:1e-300"),
    (Circle(0.1 + 0.2), "circle:0.30000000000000004"),
    (Box(2.0), "box:width=2.0,sides=4,open=false,color=none"),
    (Box(0.5, -3, True, "red"), "box:width=0.5,sides=-3,open=true,color=red"),
    (Path(), "path:0.5"),
    (Path((0.1, 0.5, 0.9)), "path:0.1,0.5,0.9"),
]


@pytest.mark.parametrize(("part", "text"), ALL)
def test_a_part_is_written_and_made_again(part: Shape, text: str) -> None:
    assert str(part) == text
    assert part.can_be_named()
    again = Shape.named(text)
    assert (type(again), again) == (type(part), part)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("circle", Circle()),
        ("circle:2", Circle(2.0)),
        ("circle:radius=2", Circle(2.0)),
        ("box:3", Box(3.0)),
        ("box:3,5", Box(3.0, 5)),
        ("box: 3 , open=true", Box(3.0, open=True)),
        ("path", Path()),
        ("plain", Plain),
    ],
)
def test_a_text_may_be_short(text: str, part: Any) -> None:
    found = Shape.named(text)
    assert type(found) is Plain if part is Plain else found == part


def test_a_part_itself_stays_as_it_is() -> None:
    circle = Circle(3.0)
    assert Shape.named(circle) is circle


@pytest.mark.parametrize(
    "part",
    [Box(1.0, color=color) for color in ("a,b", "a=b", " red", "none", "true", "")]
    + [Path(()), Path(((1.0,),)), Circle([1.0])],  # type: ignore[arg-type, list-item]
)
def test_settings_that_a_text_would_garble_make_it_one_that_no_text_makes(part: Shape) -> None:
    assert not part.can_be_named()
    assert str(part) == type(part).__name__


def test_what_no_text_holds_is_an_argument() -> None:
    picture = Picture([1, 2], 3.0)
    assert (str(picture), picture.can_be_named()) == ("picture:3.0", True)
    assert Shape.named(str(picture), pixels=[1, 2]) == picture


def test_what_has_no_name_of_its_own_goes_by_its_class() -> None:
    for part in (Child(), Settled()):
        assert str(part) == type(part).__name__
        assert not part.can_be_named()
    assert Plain().can_be_named()


OF_BOX = "expected width and sides and open and color after the colon, as in 'box:width=0.5'."
ONE_OF = "expected one of point, circle, box, path, picture, plain, settled."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cirle", f"shape is 'cirle'; {ONE_OF} Did you mean 'circle'?"),
        ("", f"shape is ''; {ONE_OF}"),
        (None, f"shape is None; {ONE_OF}"),
        (3, f"shape is 3; {ONE_OF}"),
        (["circle"], f"shape is ['circle']; {ONE_OF}"),
        (Circle, "shape is the class Circle; expected a shape. Did you mean Circle()?"),
        ("point:1", "shape is 'point:1'; expected 'point', which has no settings."),
        ("circle:", "shape is 'circle:'; expected radius after the colon, as in 'circle:1.0'."),
        ("circle:x", "shape is 'circle:x'; expected radius after the colon, as in 'circle:1.0'."),
        ("circle:1,2", "shape is 'circle:1,2'; expected radius after the colon, as in 'circle:1.0'."),
        ("circle:size=1", "shape is 'circle:size=1'; expected radius after the colon, as in 'circle:1.0'."),
        ("circle:1:2", "shape is 'circle:1:2'; expected radius after the colon, as in 'circle:1.0'."),
        ("box", f"shape is 'box'; {OF_BOX}"),
        ("box:sides=3", f"shape is 'box:sides=3'; {OF_BOX}"),
        ("box:1,2.5", f"shape is 'box:1,2.5'; {OF_BOX}"),
        ("box:1,width=2", f"shape is 'box:1,width=2'; {OF_BOX}"),
        ("box:1,open=maybe", f"shape is 'box:1,open=maybe'; {OF_BOX}"),
        ("path:", "shape is 'path:'; expected steps after the colon, as in 'path:0.5'."),
    ],
)  # fmt: skip
def test_a_text_that_names_none_is_refused(text: object, message: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        Shape.named(text)
    assert str(error.value) == message


def test_two_parts_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigurationError) as error:

        class Ring(Shape):
            name = "circle"

    message = str(error.value)
    assert message.endswith("Ring is named 'circle', as Circle is; expected a name of its own.")
    assert Shape.registry["circle"] is Circle


def test_a_part_defined_again_takes_its_place() -> None:
    before = Shape.registry["point"]
    again = type("Point", (Shape,), {"name": "point", "__module__": __name__, "__qualname__": "Point"})
    assert Shape.registry["point"] is again
    Shape.registry["point"] = before


@pytest.mark.parametrize("name", [5, " ring", "ring:wide", "ring,wide"])
def test_a_name_is_one_that_a_text_can_have(name: Any) -> None:
    with pytest.raises(ConfigurationError) as error:
        type("Ring", (Shape,), {"name": name})
    assert str(error.value) == (f"Ring is named {name!r}; expected a word without a colon or comma.")
    assert name not in Shape.registry


def test_a_part_without_a_repr_of_its_own_is_its_class() -> None:
    assert [repr(Plain()), repr(Settled()), repr(Child(2.0))] == [
        "Plain()",
        "Settled(...)",
        "Child(radius=2.0)",
    ]
