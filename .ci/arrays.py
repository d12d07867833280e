"""Arrays as NumPy writes them, and what came back for them.

arrays.py make FOLDER           writes FOLDER/*.npy, and FOLDER/list with a line KEY, ID, FILE for each
arrays.py check FOLDER RECORDS  RECORDS holds KEY, HEADERS, SIZE, end of line, and SIZE bytes of .npy
"""

import io
import sys
from pathlib import Path

import numpy as np

EPS = 1e-5
KEYS = ("cam1", "cam2", "mote-ü")
FORMS = {
    "float32": lambda x: x.astype("<f4"),
    "float64": lambda x: x.astype("<f8"),
    "big_endian": lambda x: x.astype(">f4"),
    "fortran": lambda x: np.asfortranarray(x.astype("<f4")),
    "float16": lambda x: x.astype("<f2"),
    "int16": lambda x: (100 * x).astype("<i2"),
}


def make(folder):
    folder.mkdir()
    rng = np.random.default_rng(7)
    with open(folder / "list", "w", encoding="utf-8") as listed:
        for key in KEYS:
            for form, as_form in FORMS.items():
                name = f"{key}.{form}.npy"
                np.save(folder / name, as_form(3 * rng.standard_normal((4, 3, 5, 2)) + 1))
                print(key, form, name, sep="\t", file=listed)
            rows = (rng.standard_normal((16, 3)) * [1, 10, 100]).astype("<f4")
            for i, part in enumerate((rows, rows[::2])):
                name = f"{key}.rows{i}.npy"
                np.save(folder / name, part)
                # A key of feature maps takes no rows.
                print(f"{key}/rows", f"rows{i}", name, sep="\t", file=listed)
        np.save(folder / "words.npy", np.array(["no", "numbers"]))
        print("cam1", "words", "words.npy", sep="\t", file=listed)


def normalized(x):
    """By the array's own statistics, with the biased variance."""
    x = x.astype(np.float32).astype(np.float64)
    axes = (0, *range(2, x.ndim))
    mean = x.mean(axis=axes, keepdims=True)
    return (x - mean) / np.sqrt(x.var(axis=axes, keepdims=True) + EPS)


def records(stream):
    while line := stream.readline():
        key, headers, size = line.decode("utf-8").rstrip("\n").split("\t")
        header = dict(pair.split("=", 1) for pair in headers.split(","))
        yield key, header, np.load(io.BytesIO(stream.read(int(size))), allow_pickle=False)


def check(folder, stream):
    wanted = {}
    for line in (folder / "list").read_text(encoding="utf-8").splitlines():
        key, name, file = line.split("\t")
        if name != "words":
            wanted[key, name] = normalized(np.load(folder / file))
    batches = {}
    worst = 0.0
    for key, header, array in records(stream):
        expected = wanted.pop((key, header["id"]))
        assert array.dtype == np.float32 and array.shape == expected.shape, (key, header)
        worst = max(worst, np.abs(array - expected).max())
        assert header["mode"] == "train", header
        batches.setdefault(key, []).append(int(header["numBatchesTracked"]))
    assert not wanted, f"did not come back: {sorted(wanted)}"
    for key, numbers in batches.items():
        assert numbers == list(range(1, len(numbers) + 1)), (key, numbers)
    assert worst < 2e-6, worst
    print(f"kcat and NumPy: {sum(map(len, batches.values()))} arrays there and back, off by at most {worst:.1e}")


if __name__ == "__main__":
    command, folder, *rest = sys.argv[1:]
    if command == "make":
        make(Path(folder))
    else:
        with open(rest[0], "rb") as stream:
            check(Path(folder), stream)
