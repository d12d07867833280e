package io.batchnorm.operator;

import io.batchnorm.core.Mode;
import io.batchnorm.types.FeatureBatch;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.streaming.api.datastream.DataStream;

/** Settings of {@link BatchNormalization} that do not go together: why, and what to do. */
final class Misfits {
  private Misfits() {}

  static List<String> ofSlices(DataStream<FeatureBatch> input, boolean controlled) {
    List<String> misfits = new ArrayList<>();
    if (controlled) {
      misfits.add(
          "channelsPerSlice does not go with a control stream, whose commands would act between"
              + " other batches in each slice; give directives that are known at the start");
    }
    if (!Partitioning.isExactlyOnce(input)) {
      misfits.add(
          "channelsPerSlice wants checkpoints that are exactly once, others bring some slices of a"
              + " batch again after a restore; set execution.checkpointing.mode to EXACTLY_ONCE");
    }
    return misfits;
  }

  static List<String> ofStateTtl(Mode mode, boolean sliced) {
    List<String> misfits = new ArrayList<>();
    if (mode == Mode.EVAL) {
      misfits.add(
          "stateTtl is for mode train: in eval mode nothing is learned again, so what a savepoint"
              + " brought of a key would be lost for good");
    }
    if (sliced) {
      misfits.add(
          "stateTtl does not go with channelsPerSlice, whose slices of a key are in several subtasks"
              + " and count what comes to them: they cannot be forgotten at once");
    }
    return misfits;
  }
}
