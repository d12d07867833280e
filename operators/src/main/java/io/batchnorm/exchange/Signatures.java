package io.batchnorm.exchange;

import java.nio.ByteBuffer;

/** Recognizes files of the wrong kind by their first bytes, so that the error can name the cure. */
final class Signatures {

  private static final int ZIP = 0x504b0304;
  private static final int NUMPY = 0x934e554d;
  private static final int PICKLE = 0x80;

  private Signatures() {}

  /** Returns a clause to append to an error, starting with {@code "; "}, or an empty string. */
  static String hint(ByteBuffer start) {
    if (start.remaining() < Integer.BYTES) {
      return "";
    }
    int first = 0;
    for (int i = 0; i < Integer.BYTES; i++) {
      first = first << Byte.SIZE | Byte.toUnsignedInt(start.get(start.position() + i));
    }
    if (first == ZIP) {
      return "; it looks like a zip file (.npz or .pt): save one array with np.save(f, a), a model"
          + " with safetensors.torch.save_file(model.state_dict(), f)";
    }
    if (first == NUMPY) {
      return "; it looks like a .npy file";
    }
    if (first >>> 24 == PICKLE) {
      return "; it looks like a Python pickle, which is never read: save a model with"
          + " safetensors.torch.save_file(model.state_dict(), f)";
    }
    return "";
  }
}
