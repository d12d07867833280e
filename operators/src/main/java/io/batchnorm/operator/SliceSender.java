package io.batchnorm.operator;

import io.batchnorm.core.LayerState;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.core.Slice;
import io.batchnorm.core.Step;
import io.batchnorm.types.BatchPart;
import io.batchnorm.types.BatchPiece;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.KeyState;
import io.batchnorm.types.SliceChange;
import io.batchnorm.types.SliceChange.Tell;
import java.util.Objects;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.java.tuple.Tuple4;
import org.apache.flink.util.Collector;

/**
 * Sends what happens to a layer to each of its slices: batches cut along their channels, and
 * between them what commands do. All slices that a key ever had are told of everything, so that
 * each gets something in every turn and can put it in order.
 */
final class SliceSender implements LayerOutput {
  private final int width;
  private final ValueState<Tuple4<Long, Integer, Long, Long>> sent;
  private final BatchNormMetrics metrics;
  private Collector<BatchPart> out;

  /**
   * @param sent of the current key: the last turn, how many slices there ever were, how many
   *     batches
   */
  SliceSender(
      int width, ValueState<Tuple4<Long, Integer, Long, Long>> sent, BatchNormMetrics metrics) {
    this.width = width;
    this.sent = sent;
    this.metrics = metrics;
  }

  SliceSender to(Collector<BatchPart> collector) {
    out = collector;
    return this;
  }

  /**
   * What the slices have learned is not known here, so what tells of a replacement is that there
   * are other objects, not that they are unlike.
   */
  @Override
  @SuppressWarnings("ReferenceEquality")
  public void changed(String key, KeyState before, KeyState after) throws Exception {
    LayerState from = before.layer();
    LayerState to = after.layer();
    boolean replaced =
        from.statistics().orElse(null) != to.statistics().orElse(null)
            || !Objects.equals(from.inputRank(), to.inputRank());
    if (replaced || from.frozen() != to.frozen()) {
      change(key, channels(to), to.frozen(), replaced ? to : null, Tell.NOTHING);
    }
  }

  private static int channels(LayerState layer) {
    return layer.statistics().map(RunningStatistics::numFeatures).orElse(0);
  }

  @Override
  public void normalized(FeatureBatch batch, Step step) throws Exception {
    metrics.admitted();
    int channels = batch.features().numFeatures();
    int slices = Slice.count(channels, width);
    boolean frozen = step.next().frozen();
    if (slices > ever()) {
      change(batch.key(), channels, frozen, null, Tell.NOTHING);
    }
    Tuple4<Long, Integer, Long, Long> next = next(slices);
    next.f2++;
    for (int i = 0; i < slices; i++) {
      CutFunction.cut(BatchPiece.of(batch, Slice.of(i, width, channels), next.f2, next.f0), out);
    }
    for (int i = slices; i < next.f1; i++) {
      Slice unused = Slice.of(i, width, channels);
      out.collect(
          new SliceChange(
              batch.key(), unused, channels, next.f0, false, frozen, null, Tell.NOTHING, 0));
    }
    sent.update(next);
  }

  @Override
  public void tell(String key, LayerState layer, boolean replaced) throws Exception {
    change(
        key,
        channels(layer),
        layer.frozen(),
        null,
        replaced || layer.statistics().isEmpty() ? Tell.REPLACED : Tell.STATISTICS);
  }

  private void change(String key, int channels, boolean frozen, LayerState replacement, Tell tell)
      throws Exception {
    int slices = Slice.count(channels, width);
    int before = ever();
    boolean telling = tell != Tell.NOTHING;
    Tuple4<Long, Integer, Long, Long> next = next(telling ? Math.max(1, slices) : slices);
    next.f3 += telling ? 1 : 0;
    for (int i = 0; i < next.f1; i++) {
      Slice slice = Slice.of(i, width, channels);
      boolean tells = telling && i < Math.max(1, slices);
      out.collect(
          new SliceChange(
              key,
              slice,
              channels,
              next.f0,
              /* first= */ i >= before,
              frozen,
              replacement == null ? null : slice.of(replacement),
              tells ? tell : Tell.NOTHING,
              tells ? next.f3 : 0));
    }
    sent.update(next);
  }

  private int ever() throws Exception {
    Tuple4<Long, Integer, Long, Long> last = sent.value();
    return last == null ? 0 : last.f1;
  }

  private Tuple4<Long, Integer, Long, Long> next(int slices) throws Exception {
    Tuple4<Long, Integer, Long, Long> last = sent.value();
    return last == null
        ? Tuple4.of(1L, slices, 0L, 0L)
        : Tuple4.of(last.f0 + 1, Math.max(last.f1, slices), last.f2, last.f3);
  }
}
