"""The readers of strangers' files, each as a function of bytes, and valid files to begin from.

An input's first byte chooses how the rest is used, so that one target reaches all of a reader.
"""

import gzip
import io
import itertools
import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image
from safetensors.numpy import save

import plainweave as pw
from made_up import made_up
from plainweave.data import load_table, read_table
from plainweave.data.pictures.folder import load_pictures
from plainweave.data.pictures.image import BACKGROUNDS
from plainweave.evidence import (
    GRADIENTS_FILE,
    LEARNED_FILE,
    PREDICTIONS_FILE,
    read_gradients,
    read_learned,
    read_predictions,
)
from plainweave.experiments import Store, run_folder, write_run
from plainweave.paper import paper_experiments
from tables import houses

Target = Callable[[Path, bytes], object]
MEMORY = 64 * 2**20  # bytes that Python and NumPy may take for an input of at most `LONGEST` bytes
LONGEST = 2**16
_PNG = b"\x89PNG\r\n\x1a\n"
_WAYS = 6


def read(target: Target, folder: Path, data: bytes) -> str:
    """Read an input; return what the package's error says, or nothing. Any other error is a finding."""
    try:
        target(folder, data)
    except pw.PlainweaveError as error:
        message = str(error)
        assert message
        assert message.isprintable() or len(message.splitlines()) == 1, message
        assert len(message) < 2100, len(message)
        message.encode()  # what can't be written can't be printed either
        return message
    return ""


def idx(folder: Path, data: bytes) -> None:
    """An IDX file, plain or gzip, damaged inside or outside; a folder's images, or its classes.txt."""
    way, content = data[0] % _WAYS if data else 0, data[1:]
    if way < 3:
        path = folder / ("x.gz" if way else "x")
        path.write_bytes(gzip.compress(content, 1) if way == 2 else content)
        pw.read_idx(path)
        return
    pw.write_idx(folder / "train-images-idx3", np.zeros((3, 2, 2), np.uint8))
    pw.write_idx(folder / "train-labels-idx1", np.arange(3, dtype=np.uint8))
    for kind in ("images-idx3", "labels-idx1"):
        (folder / f"test-{kind}").write_bytes((folder / f"train-{kind}").read_bytes())
    changed = {3: "train-images-idx3", 4: "test-labels-idx1", 5: "classes.txt"}[way]
    (folder / "classes.txt").write_bytes(b"a\nb\nc")
    (folder / changed).write_bytes(content)
    dataset = pw.load_dataset(folder)
    assert np.isfinite(dataset.full_scale)


def weights(folder: Path, data: bytes) -> None:
    """A model file; or the description alone, inside a file that is else whole."""
    content = data[1:]
    if data and data[0] % 2:
        tensors = {
            **_small().network.parameters,
            "standardizer.scale": np.ones(1),
            "standardizer.shift": np.ones(1),
        }
        content = save(tensors, {"plainweave": content.decode(errors="replace")})
    path = folder / "model"
    path.write_bytes(content)
    model = pw.load(path)
    assert all(np.isfinite(value).all() for value in model.network.parameters.values())
    if model.preparation is not None:
        odd = {"width": [1e15, np.nan], "height": [None, -1e15], "colour": ["", "red"], "old": [None, "yes"]}
        assert len(model.predict(odd)) == 2
        assert len(model.preparation.describe()) == len(model.preparation.columns)


def record(folder: Path, data: bytes) -> None:
    """record.json and, after a byte of zero, history.csv; or gradients, what was learned, or predictions."""
    way, content = data[0] % 4 if data else 0, data[1:]
    if way == 1:
        (folder / GRADIENTS_FILE).write_bytes(content)
        read_gradients(folder)
    elif way == 2:
        (folder / LEARNED_FILE).write_bytes(content)
        read_learned(folder)
    elif way == 3:
        (folder / PREDICTIONS_FILE).write_bytes(content)
        read_predictions(folder)
    else:
        run = run_folder(folder, "tanh", 0)
        run.mkdir(parents=True, exist_ok=True)
        of_record, _, of_history = content.partition(b"\0")
        (run / "record.json").write_bytes(of_record)
        (run / "history.csv").write_bytes(of_history)
        for each in Store(folder).records():
            assert (each.experiment.id, each.seed) == ("tanh", 0)
            json.dumps(each.experiment.settings, allow_nan=False)


def toml(folder: Path, data: bytes) -> None:
    """A file of experiments."""
    path = folder / "mine.toml"
    path.write_bytes(data)
    for experiment in pw.read_experiments(path):
        json.dumps(experiment.settings, allow_nan=False)


def image(folder: Path, data: bytes) -> None:
    """A picture as it is, or a PNG whose checksums are set right first, so that its chunks are read.

    It is read alone, in gray or in colour, trimmed or not; or as one of a folder.
    """
    content = data[1:]
    path = folder / "picture"
    path.write_bytes(_with_checksums(content) if data and data[0] % 2 else content)
    if data and data[0] & 64:
        for name in "ab":
            (folder / "pictures" / name).mkdir(parents=True, exist_ok=True)
            (folder / "pictures" / name / "0.png").write_bytes(path.read_bytes())
        dataset = load_pictures(folder / "pictures", test=0.5)
        assert dataset.train.inputs.dtype == np.uint8
        return
    background = BACKGROUNDS[(data[0] >> 1) % len(BACKGROUNDS) if data else 0]
    colour, trim = bool(data) and data[0] & 16 > 0, 0.7 if data and data[0] & 32 else None
    inputs = pw.read_image(path, (8, 8), background=background, colour=colour, trim=trim)
    assert inputs.shape == (1, 192 if colour else 64)
    assert np.isfinite(inputs).all()


def table(folder: Path, data: bytes) -> object:
    """A CSV file, plain or gzip, damaged inside or outside; or a data set of it, by each kind of split."""
    way, content = data[0] % _WAYS if data else 0, data[1:]
    path = folder / "x.csv"
    path.write_bytes(gzip.compress(content, 1) if way == 2 else content)
    if way < 3:
        return read_table(path)
    by = {3: "random", 4: "time:when", 5: "group:who"}[way]
    return load_table(path, target="y", by=by).split(validation_fraction=0)


def columns(folder: Path, data: bytes) -> object:
    """A Parquet or Feather file, in a process of its own first, as users read it."""
    path = folder / "x.parquet"
    path.write_bytes(data)
    return read_table(path)


def arrays(folder: Path, data: bytes) -> None:
    """An .npz file as it is, or a .npy file of inputs or labels, in a folder or in a whole .npz file."""
    way, content = data[0] % 5 if data else 0, data[1:]
    if way == 0:
        (folder / "x.npz").write_bytes(content)
        pw.load_dataset(folder / "x.npz")
        return
    files = {"inputs.npy": _npy(np.arange(12.0).reshape(6, 2)), "labels.npy": _npy(np.arange(6) % 2)}
    files["labels.npy" if way % 2 else "inputs.npy"] = content
    if way < 3:
        for name, file in files.items():
            (folder / name).write_bytes(file)
    else:
        with zipfile.ZipFile(folder / "x.npz", "w") as archive:
            for name, file in files.items():
                archive.writestr(name, file)
    dataset = pw.load_dataset(folder if way < 3 else folder / "x.npz")
    assert np.isfinite(dataset.full_scale)


TARGETS: dict[str, Target] = {
    target.__name__: target for target in (idx, weights, record, toml, image, table, columns, arrays)
}


def valid(name: str, folder: Path) -> list[bytes]:
    """Return valid inputs of a target, and the known hostile ones that lie in `tests/fuzz/found`."""
    made = {"idx": _idx_files, "weights": _model_files, "record": _records, "toml": _toml, "image": _images}
    made |= {"table": _tables, "columns": _column_files, "arrays": _array_files}
    found = Path(__file__).parent / "fuzz" / "found" / name
    return made[name](folder) + [path.read_bytes() for path in sorted(found.glob("*"))]


def _idx_files(_: Path) -> list[bytes]:
    pixels = bytes([0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 2]) + bytes(range(12))
    floats = bytes([0, 0, 13, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 2]) + np.arange(12, dtype=">f4").tobytes()
    labels = bytes([0, 0, 9, 1, 0, 0, 0, 3, 0, 1, 2])
    packed = gzip.compress(pixels)
    return [b"\0" + pixels, b"\1" + packed, b"\2" + floats, b"\3" + floats, b"\4" + labels, b"\5x\ny\nz\n"]


def _small() -> pw.Model:
    network = pw.Network(4, [3], 2, activation="leaky-relu:0.2")
    return pw.Model(network, pw.Standardizer("all-pixels", np.ones(1), np.ones(1)), ("a", "b"), (2, 2))


def _of_table(standardize: str) -> pw.Model:
    parts = houses().split(standardize=standardize, rare=120)
    return pw.Model.of(pw.Network(parts.training.inputs.shape[1], [3], 1), parts, houses(), "huber")


def _model_files(folder: Path) -> list[bytes]:
    pw.save(folder / "valid", _small())
    content = (folder / "valid").read_bytes()
    length = struct.unpack("<Q", content[:8])[0]
    description = json.loads(content[8 : 8 + length])["__metadata__"]["plainweave"]
    files = [b"\0" + content, b"\1" + description.encode()]
    for standardize in ("robust", "normal"):
        pw.save(folder / "valid", _of_table(standardize))
        files.append(b"\0" + (folder / "valid").read_bytes())
    return files


def _records(folder: Path) -> list[bytes]:
    run = run_folder(folder / "valid", "tanh", 0)
    write_run(run, made_up(paper_experiments()[0], 0, 86.0), _small())
    content = json.loads((run / "record.json").read_text())
    content["files"] = None  # a checksum would keep a changed history from being read
    files = [json.dumps(content).encode(), (run / "history.csv").read_bytes()]
    tensor = {"relative_error": 1e-9, "largest_absolute_error": 1e-9, "largest_relative_error": 1e-9}
    tensor |= {"name": "output.bias", "checked": 1, "kinks": 0, "index": [0, 0], "analytic": 0.1}  # type: ignore[dict-item]
    tensor |= {"numeric": 0.1, "passed": True}
    row = {"description": "Output layer bias [0]", "analytic": 0.1, "numeric": 0.1, "agrees": True}
    check = {"activation": "tanh", "passed": True, "epsilon": 1e-5, "tolerance": 1e-7, "tensors": [tensor]}
    gradients = {
        "dataset": "digits",
        "passed": True,
        "table_1": {"epsilon": 0.01, "tolerance": 1e-4, "rows": [row]},
        "classes": 10,
        "whole_network": [check],
        "step_sizes": {"steps": [0.1], "float64": [1e-3], "float32": [1e-3]},
    }
    mistake = {"index": 0, "true": 0, "predicted": 1, "probability": 0.9, "picture": "AAECAw=="}
    learned = {
        "experiment": "tanh",
        "seed": 0,
        "weights": "0" * 64,
        "class_names": ["a", "b"],
        "image_shape": [2, 2],
        "full_scale": 255.0,
        "pixels": "uint8",
        "confusion": [[1, 1], [0, 2]],
        "mistakes": [mistake],
        "samples": {"labels": [0], "pictures": "AAECAw=="},
    }
    names = ("bias", "absolute", "root_mean_square", "nine_in_ten")
    errors = {"name": "price", **{name: [0.5] for name in names}, "at_or_below": [0.5], "spread": 2.0}
    nothing = {"examples": 0, "correct": 0, "confidence": 0.0}
    predictions = {
        "version": 1,
        "experiment": "tanh",
        "best": 0,
        "runs": [{"seed": 0, "weights": "0" * 64}],
        "numbers": {
            "outputs": [errors],
            "rows": 1,
            "true": "AAAAAA==",
            "predicted": "AAAAAA==",
            "all_outputs": 1,
        },
        "calibration": {"seeds": [[nothing] * 9 + [{"examples": 2, "correct": 1, "confidence": 0.95}]]},
        "importance": {
            "score": "r2",
            "examples": 2,
            "shuffles": 1,
            "columns": [{"name": "carat", "losses": [0.1]}],
        },
        "samples": {
            "names": ["carat", "cut"],
            "examples": [0, 7],
            "first": 1,
            "rows": [[0.5, "Fair"], [None, None]],
            "truth": ["1", "2"],
        },
    }
    return [
        b"\3" + json.dumps(predictions).encode(),
        b"\0" + b"\0".join(files),
        b"\1" + json.dumps(gradients).encode(),
        b"\2" + json.dumps(learned).encode(),
    ]


def _toml(_: Path) -> list[bytes]:
    settings = asdict(pw.Experiment(id="a", hidden=(3,), activation=("tanh",), patience=2))
    lines = (f"{name} = {json.dumps(value)}" for name, value in settings.items() if value is not None)
    return [("[defaults]\nepochs = 3\n[[experiment]]\n" + "\n".join(lines)).encode()]


def _tables(_: Path) -> list[bytes]:
    rows = [
        ("when", "who", "size", "y"),
        ("2018-01-02", "ann", "3", "x"),
        ("2018-05-01", "bob", "4", "z"),
        ("2019-01-02", "ann", "1,5", "x"),
        ("2019-02", "bob", "-2,25e1", "?"),
        ("2019-03-01", "bob", "", "z"),
        ("2020-01-01", "ann", "0", "x"),
        ("2020-01-01", "eve", "7", "z"),
        *((f"2018-0{month}-01", who, f"{month}", "xz"[month % 2]) for month, who in enumerate("abcd", 1)),
    ]
    quoted = "\n".join(",".join(f'"{value}"' for value in row) for row in rows).encode()
    plain = "\r\n".join(";".join(row) for row in rows).encode()
    short = "a\tb\n1\té\n"
    contents = [quoted, plain, gzip.compress(plain), short.encode("utf-16"), short.encode("cp1252")]
    read_alone = [
        bytes([way]) + content for way in (0, 2) for content in contents if way == 0 or content[:1] != b"\x1f"
    ]
    return read_alone + [bytes([way]) + quoted for way in (3, 4, 5)]


def _column_files(_: Path) -> list[bytes]:
    if find_spec("polars") is None:
        return []
    import polars as pl

    frame = pl.DataFrame(
        {"a": [1, 2, None], "b": ["x", None, "z"], "c": [True, False, None], "d": [0.5, 1, 2]}
    )
    files = []
    for compression in ("uncompressed", "zstd"):
        for write in (frame.write_parquet, frame.write_ipc):
            buffer = io.BytesIO()
            write(buffer, compression=compression)
            files.append(buffer.getvalue())
    return files


def _npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def _array_files(_: Path) -> list[bytes]:
    inputs, labels = np.arange(12, dtype=">f4").reshape(6, 2), np.array(["no", "yes"] * 3)
    contents = [(2, _npy(np.asfortranarray(inputs))), (1, _npy(labels)), (4, _npy(inputs)), (3, _npy(labels))]
    files = [bytes([way]) + content for way, content in contents]
    for write in (np.savez, np.savez_compressed):
        buffer = io.BytesIO()
        write(buffer, x_train=inputs, y_train=np.arange(6) % 2, x_test=inputs, y_test=np.arange(6) % 2)
        files.append(b"\0" + buffer.getvalue())
    return files


def _images(_: Path) -> list[bytes]:
    noise = np.random.default_rng(0).integers(0, 256, (9, 7, 4), dtype=np.uint8)
    pictures = [
        (way, Image.fromarray(pixels), kind)
        for way, pixels, kind in (
            (0, noise, "PNG"),
            (1, noise[..., 0], "PNG"),
            (1, noise[..., 0].astype(np.uint16) * 200, "PNG"),
            (3, noise[..., :3], "PNG"),
            (0, noise[..., :3], "JPEG"),
            (2, noise[..., 0], "JPEG"),
            (2, noise[..., 0], "GIF"),
            (0, noise, "WEBP"),
            (4, noise[..., :3], "BMP"),
            (48, noise[..., :3], "TIFF"),
            (32, noise[..., 0], "TIFF"),
            (64, noise, "PNG"),
            (64, noise[..., 0], "TIFF"),
        )
    ]
    pictures.append((1, Image.fromarray(noise[..., :3]).quantize(8), "PNG"))
    inputs = []
    for way, picture, kind in pictures:
        exif = Image.Exif()
        exif[0x0112] = 6  # turned
        buffer = io.BytesIO()
        picture.save(buffer, kind, **({} if kind in ("GIF", "BMP") else {"exif": exif}))
        inputs.append(bytes([way]) + buffer.getvalue())
    return inputs


def _with_checksums(content: bytes) -> bytes:
    """Return a PNG with the checksum of each chunk as it should be, as far as its lengths lead."""
    result, place = bytearray(_PNG), len(_PNG)
    for _ in itertools.repeat(None):
        body = content[place + 8 : place + 8 + int.from_bytes(content[place : place + 4])]
        if place + 8 > len(content):
            return bytes(result)
        kind = content[place + 4 : place + 8]
        result += len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)
        place += 12 + len(body)
    raise AssertionError
