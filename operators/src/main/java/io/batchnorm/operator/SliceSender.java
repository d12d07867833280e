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
  private LayerState layer = LayerState.NEW;

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
    layer = after.layer();
    boolean replaced =
        from.statistics().orElse(null) != layer.statistics().orElse(null)
            || !Objects.equals(from.inputRank(), layer.inputRank());
    if (replaced || from.frozen() != layer.frozen()) {
      change(key, channels(layer), replaced, Tell.NOTHING);
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
    if (slices > ever()) {
      change(batch.key(), channels, /* replaced= */ false, Tell.NOTHING);
    }
    Tuple4<Long, Integer, Long, Long> next = next(slices);
    next.f2++;
    for (int i = 0; i < slices; i++) {
      CutFunction.cut(BatchPiece.of(batch, Slice.of(i, width, channels), next.f2, next.f0), out);
    }
    for (int i = slices; i < next.f1; i++) {
      out.collect(
          new SliceChange(
              batch.key(),
              Slice.of(i, width, channels),
              channels,
              next.f0,
              /* first= */ false,
              layer.frozen(),
              /* replacement= */ null,
              Tell.NOTHING,
              0));
    }
    sent.update(next);
  }

  @Override
  public void tell(String key, LayerState told, boolean replaced) throws Exception {
    layer = told;
    Tell tell = replaced || told.statistics().isEmpty() ? Tell.REPLACED : Tell.STATISTICS;
    change(key, channels(told), /* replaced= */ false, tell);
  }

  /**
   * Tells all slices what the layer is now. A new slice gets its part of it: either nothing was
   * learned yet, or what was is that of a savepoint which was made of statistics.
   */
  private void change(String key, int channels, boolean replaced, Tell tell) throws Exception {
    boolean telling = tell != Tell.NOTHING;
    int before = ever();
    int tellers = Math.max(1, Slice.count(channels, width));
    Tuple4<Long, Integer, Long, Long> next = next(telling ? tellers : Slice.count(channels, width));
    next.f3 += telling ? 1 : 0;
    for (int i = 0; i < next.f1; i++) {
      Slice slice = Slice.of(i, width, channels);
      boolean first = i >= before;
      boolean tells = telling && i < tellers;
      out.collect(
          new SliceChange(
              key,
              slice,
              channels,
              next.f0,
              first,
              layer.frozen(),
              replaced || first ? slice.of(layer) : null,
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
