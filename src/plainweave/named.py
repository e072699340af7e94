"""Parts that have a name, and with it a text that makes them again, as "tanh" or "elu:1.0".

A family of parts (activations, losses, schedules) is a base class with a `registry`. A subclass with a `name`
of its own enters it as it is defined, one's own too: then settings and files may name it. Its settings are
the fields of a frozen dataclass.
"""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from types import UnionType
from typing import ClassVar, Self, cast, get_args, get_origin, get_type_hints

from plainweave.checks import choice
from plainweave.errors import ConfigurationError, shown

_WORDS = {"true": True, "false": False, "none": None}


class Named:
    """A part that a text can name.

    Attributes:
        family: what such parts are called in messages, "activation".
        registry: the classes of the family by name.
        name: of this class of parts; "" for one that no text can name.
    """

    family: ClassVar[str]
    registry: ClassVar[dict[str, "type[Named]"]]
    name: ClassVar[str] = ""

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        if "registry" in vars(cls) or not vars(cls).get("name"):
            return
        name: object = cls.name
        if not isinstance(name, str) or name != name.strip() or set(name) & set(":,"):
            raise ConfigurationError(
                f"{cls.__qualname__} is named {shown(name)}; expected a word without a colon or comma."
            )
        known = cls.registry.get(cls.name)
        if known is not None and (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise ConfigurationError(
                f"{cls.__qualname__} is named {cls.name!r}, as {known.__qualname__} is; expected a "
                "name of its own."
            )
        cls.registry[cls.name] = cls

    def __str__(self) -> str:
        """Return the text that makes this part again, with all settings; its class where none does."""
        return _text(self) if self.can_be_named() else type(self).__qualname__

    def __repr__(self) -> str:
        """Return the class's call; what is no dataclass keeps its settings to itself."""
        return f"{type(self).__qualname__}({'...' if vars(self) else ''})"

    def can_be_named(self) -> bool:
        """Whether a text makes this part again.

        Then its class has a name, and no settings but a dataclass's: numbers, words, or one tuple of these.
        """
        if self.registry.get(self.name) is not type(self):
            return False
        settings = _values(self)
        known = is_dataclass(self) or not vars(self).keys() - set(self.unnamed())
        return known and all(_can_be_written(value, len(settings) == 1) for value in settings.values())

    @classmethod
    def unnamed(cls) -> tuple[str, ...]:
        """Return the arguments of the class that no text holds, as a layer's arrays."""
        return ()

    @classmethod
    def named(cls, text: object, **unnamed: object) -> Self:
        """Return the part that a text names; a part itself is returned as it is.

        Args:
            text: as `str` gives it; settings that it leaves out are those that the class has by default.
            unnamed: the arguments of the part's class that no text holds.

        Raises:
            ConfigurationError: the text names none, or a setting in it is none of the part's.
        """
        if isinstance(text, cls):
            return text
        if isinstance(text, type) and issubclass(text, cls):
            raise ConfigurationError(
                f"{cls.family} is the class {text.__name__}; expected {_article(cls.family)}. Did you mean "
                f"{text.__name__}()?"
            )
        name, colon, settings = text.partition(":") if isinstance(text, str) else (text, "", "")
        part = cast(type[Self], cls.registry[choice(cls.family, name if colon else text, cls.registry)])
        given = _settings(part, str(text), settings) if colon else {}
        if _needed(part) - given.keys():
            raise _unreadable(part, str(text))
        return part(**given, **unnamed)


def _article(family: str) -> str:
    return f"{'an' if family[0] in 'aeiou' else 'a'} {family}"


def _values(part: Named) -> dict[str, object]:
    """Return the settings of a part by name; none of what is no dataclass."""
    if not is_dataclass(part):
        return {}
    names = (field.name for field in fields(part))
    return {name: getattr(part, name) for name in names if name not in part.unnamed()}


def _can_be_written(value: object, alone: bool = False) -> bool:
    if isinstance(value, tuple):
        return alone and bool(value) and all(map(_can_be_written, value))
    if isinstance(value, str):
        return value == value.strip() != "" and value not in _WORDS and not set(",=") & set(value)
    return value is None or isinstance(value, bool | int | float)


def _text(part: Named) -> str:
    values = _values(part)
    if not values:
        return part.name
    if len(values) == 1:
        return f"{part.name}:{_written(*values.values())}"
    return f"{part.name}:{','.join(f'{name}={_written(value)}' for name, value in values.items())}"


def _written(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(_written, value))
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)


def _settings(part: type[Named], text: str, settings: str) -> dict[str, object]:
    """Return the settings in a text by name: in the order of the fields, or as name=value."""
    types = _types(part)
    if len(types) == 1 and get_origin(kind := next(iter(types.values()))) is tuple:
        element = get_args(kind)[0]
        return {next(iter(types)): tuple(_read(part, text, element, one) for one in settings.split(","))}
    given: dict[str, object] = {}
    for position, setting in enumerate(settings.split(",")):
        name, is_named, value = setting.partition("=")
        name, value = (name.strip(), value) if is_named else (_at(list(types), position), setting)
        if name not in types or name in given:
            raise _unreadable(part, text)
        given[name] = _read(part, text, types[name], value.strip())
    return given


def _types(part: type[Named]) -> Mapping[str, object]:
    if not is_dataclass(part):
        return {}
    hints = get_type_hints(part)
    settings = (field.name for field in fields(part) if field.init)
    return {name: hints[name] for name in settings if name not in part.unnamed()}


def _needed(part: type[Named]) -> set[str]:
    """Return the settings that have no default."""
    if not is_dataclass(part):
        return set()
    needed = (each for each in fields(part) if each.init and each.default is each.default_factory is MISSING)
    return {each.name for each in needed} - set(part.unnamed())


def _at(names: list[str], position: int) -> str:
    return names[position] if position < len(names) else ""


def _read(part: type[Named], text: str, kind: object, value: str) -> object:
    kinds = get_args(kind) if isinstance(kind, UnionType) else (kind,)
    try:
        if value in _WORDS and type(_WORDS[value]) in kinds:
            return _WORDS[value]
        if str in kinds:
            return value
        if int in kinds and value.lstrip("-").isdecimal():
            return int(value)
        if float in kinds:
            return float(value)
    except ValueError:
        pass
    raise _unreadable(part, text)


def _unreadable(part: type[Named], text: str) -> ConfigurationError:
    types = _types(part)
    if not types:
        return ConfigurationError(
            f"{part.family} is {shown(text)}; expected {part.name!r}, which has no settings."
        )
    try:
        example = str(part())
    except TypeError:  # a setting has no default
        needed = [name for name in types if name in _needed(part)]
        values = (f"{name}={10 if types[name] is int else 0.5}" for name in needed)
        example = f"{part.name}:{','.join(values)}"
    return ConfigurationError(
        f"{part.family} is {shown(text)}; expected {' and '.join(types)} after the colon, as in {example!r}."
    )
