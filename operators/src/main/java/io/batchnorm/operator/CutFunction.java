package io.batchnorm.operator;

import io.batchnorm.types.BatchPart;
import io.batchnorm.types.BatchPiece;
import io.batchnorm.types.FeatureBatch;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFlatMapFunction;
import org.apache.flink.util.Collector;

/**
 * Cuts large batches into some of their samples each, or into some channels of one, so that none of
 * their pieces is spilled where it crosses the network and all are copied in long runs. Small ones
 * go on as they are. {@link JoinOperator} puts the pieces together again.
 *
 * <p>There is no state. Every attempt of a subtask is another sender, by a random number of 64
 * bits, so the pieces that it sends are never taken for those of an attempt before it that are
 * still on their way in a restored checkpoint.
 */
final class CutFunction extends RichFlatMapFunction<FeatureBatch, BatchPart> {
  private static final long serialVersionUID = 1L;

  private transient long sender;
  private transient long number;

  @Override
  public void open(OpenContext context) {
    sender = ThreadLocalRandom.current().nextLong();
  }

  @Override
  public void flatMap(FeatureBatch batch, Collector<BatchPart> out) {
    if ((long) batch.features().values().length * Float.BYTES <= BatchPiece.MAX_BYTES) {
      out.collect(batch);
    } else {
      cut(BatchPiece.of(batch, sender, number++), out);
    }
  }

  /** Gives a piece on, in several if it is large. */
  static void cut(BatchPiece whole, Collector<? super BatchPiece> out) {
    if (!whole.isLarge()) {
      out.collect(whole);
      return;
    }
    int rows = whole.rowsPerCut();
    int channels = whole.channelsPerCut();
    for (int row = whole.row(); row < whole.toRow(); row += rows) {
      BatchPiece some = whole.rows(row, Math.min(row + rows, whole.toRow()));
      for (int from = some.from(); from < some.to(); from += channels) {
        out.collect(some.channels(from, Math.min(from + channels, some.to())));
      }
    }
  }
}
