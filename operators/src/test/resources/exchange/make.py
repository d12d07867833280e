"""Makes the files of this directory: python make.py (NumPy 2, safetensors 0.8)."""

import pathlib
import zlib

import numpy as np
from numpy.lib import format as npy

HERE = pathlib.Path(__file__).parent
FLOATS = [0.0, -0.0, 1.5, -2.0, np.inf, -np.inf, np.nan, 0.1, 65504.0, 6e-8, 1 + 2**-24, -3.25]
WIDE = [1e300, -1e39, 3.4028236e38, 1e-46, 1.4e-45, 1 + 2**-24 + 2**-40, 1e-300, np.pi]


def samples(dtype):
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return np.array([[True, False, True], [False, False, True]])
    if dtype.kind == "f":
        wide = WIDE if dtype.itemsize == 8 else []
        return np.array(FLOATS + wide, np.float64).astype(dtype).reshape(2, -1)
    info = np.iinfo(dtype)
    wanted = [0, 1, -1, 7, 100, 2**24 + 1, 2**24 + 3, -(2**31) + 1, 2**53 + 1, 2**63 + 2**39,
              2**63 + 2**39 + 1, info.min, info.min + 1, info.max, info.max - 1]
    kept = [n for n in wanted if info.min <= n <= info.max]
    kept += [5] * (len(kept) % 2)
    return np.array(kept, dtype).reshape(2, -1)


def main():
    rows = []

    def save(name, array, version=None, expected=None):
        with open(HERE / (name + ".npy"), "wb") as f:
            if version is None:
                np.save(f, array)
            else:
                npy.write_array(f, array, version)
        if expected is not False:
            with np.errstate(all="ignore"):
                floats = array.astype(np.float32)
            shape = "x".join(map(str, array.shape))
            rows.append(f"{name},{shape},{np.ascontiguousarray(floats).tobytes().hex()}")

    for code in ["b1", "i1", "u1"]:
        save(code, samples(code))
    for code in ["i2", "i4", "i8", "u2", "u4", "u8", "f2", "f4", "f8"]:
        with np.errstate(all="ignore"):
            save(code + "-little", samples("<" + code))
            save(code + "-big", samples(">" + code))
    a = np.arange(24, dtype=np.float32)
    save("scalar", np.array(7, np.int64))
    save("empty", np.zeros((2, 0, 3), np.float32))
    save("vector", np.array([1.5, -2], np.float32))
    save("rank4", a.reshape(2, 3, 2, 2))
    save("version2", a.reshape(4, 6), (2, 0))
    save("version3", a.reshape(4, 6), (3, 0))
    save("fortran2", np.asfortranarray(a.reshape(4, 6)))
    save("fortran4", np.asfortranarray(a.reshape(2, 3, 1, 4)))
    save("fortran-big-f8", np.asfortranarray(a.reshape(3, 8).astype(">f8")))
    save("fortran-empty", np.asfortranarray(np.zeros((3, 0), np.float32)))
    (HERE / "expected.csv").write_text("\n".join(rows) + "\n")

    save("bad-object", np.array([1, None], object), expected=False)
    save("bad-structured", np.zeros(2, [("a", "<f4"), ("b", "<i4")]), expected=False)
    save("bad-complex", np.zeros(2, np.complex64), expected=False)
    save("bad-unicode", np.array(["a", "b"]), expected=False)
    save("bad-bytes", np.array([b"a", b"b"]), expected=False)
    save("bad-datetime", np.array(["2020-01-01"], "M8[D]"), expected=False)
    save("bad-void", np.zeros(2, "V4"), expected=False)
    save("bad-longdouble", np.zeros(2, np.longdouble), expected=False)
    np.savez(HERE / "bad-archive.npz", a=a)
    halves = np.arange(65536, dtype=np.uint16).view(np.float16).astype(np.float32)
    finite = halves[~np.isnan(halves)]
    print("CRC-32 of all halves that are not NaN, as <f4:", hex(zlib.crc32(finite.tobytes())))
    safetensors_files()


def safetensors_files():
    from safetensors.numpy import save_file

    names = ['a"b', "a\\b", "a\nb", "a\u0001b", "a\u001fb", "é", "\U0001f600", "\uffee", "a\x7fb",
             "a/b", "\u2028", "\b\f\r\t", ""]
    save_file({n: np.zeros(0, np.float32) for n in names}, HERE / "names.safetensors", {"é": '"\n'})
    codes = ["?", "u1", "i1", "i2", "u2", "f2", "i4", "u4", "f4", "c8", "f8", "i8", "u8"]
    tensors = {f"{'zyx'[i % 3]}{i}": np.arange(3 * (i % 2), dtype=c) for i, c in enumerate(codes)}
    save_file(tensors, HERE / "dtypes.safetensors")


if __name__ == "__main__":
    main()
