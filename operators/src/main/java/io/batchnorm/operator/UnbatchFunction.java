package io.batchnorm.operator;

import io.batchnorm.types.NormalizedBatch;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.util.Collector;

/** Takes a batch of samples apart again: each {@code (1, C, *)} with its own id, in their order. */
final class UnbatchFunction implements FlatMapFunction<NormalizedBatch, NormalizedBatch> {
  private static final long serialVersionUID = 1L;

  @Override
  public void flatMap(NormalizedBatch batch, Collector<NormalizedBatch> out) {
    for (int n = 0; n < batch.ids().size(); n++) {
      out.collect(batch.sample(n));
    }
  }
}
