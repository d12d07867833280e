package io.batchnorm.types;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The ids of a batch: their number in 4 bytes, then each as a string. */
final class Ids {
  private Ids() {}

  static void write(List<String> ids, DataOutputView out) throws IOException {
    out.writeInt(ids.size());
    for (String id : ids) {
      Strings.write(id, out);
    }
  }

  static List<String> read(DataInputView in) throws IOException {
    int count = BulkArrays.readLength(in, Integer.MAX_VALUE, "number of ids");
    List<String> ids = new ArrayList<>(Math.min(count, 1024));
    for (int i = 0; i < count; i++) {
      ids.add(Strings.read(in));
    }
    return ids;
  }
}
