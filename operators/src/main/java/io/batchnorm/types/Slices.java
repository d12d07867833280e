package io.batchnorm.types;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.Slice;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** A slice: its index, its first channel and that behind its last, in 4 bytes each. */
final class Slices {
  private Slices() {}

  static void write(Slice slice, DataOutputView out) throws IOException {
    out.writeInt(slice.index());
    out.writeInt(slice.from());
    out.writeInt(slice.to());
  }

  static Slice read(DataInputView in) throws IOException {
    int index = BulkArrays.readLength(in, FeatureMap.MAX_VALUES, "slice");
    int from = BulkArrays.readLength(in, FeatureMap.MAX_VALUES, "first channel of a slice");
    int to = BulkArrays.readLength(in, FeatureMap.MAX_VALUES, "last channel of a slice");
    if (to < from) {
      throw new IOException(
          "a slice ends at channel %d and begins at %d: the bytes are damaged".formatted(to, from));
    }
    return new Slice(index, from, to);
  }
}
