package io.batchnorm.job.kafka;

import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.RejectedRecord;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * What became of a record of a topic: something of use, or a rejected record. One of them is null,
 * so that both go through one stream until they are told apart.
 */
interface Outcome<T> {
  /** Where rejected records go. */
  OutputTag<RejectedRecord> REJECTED = new OutputTag<>("rejected", BatchNormTypes.REJECTED_RECORD);

  T accepted();

  RejectedRecord rejected();

  /** Lets pass what is of use; the rest goes to the side output {@link #REJECTED}. */
  static <O extends Outcome<T>, T> SingleOutputStreamOperator<T> split(
      SingleOutputStreamOperator<O> outcomes, TypeInformation<T> type, String uid) {
    return outcomes
        .process(new Split<O, T>(), type)
        .uid(uid)
        .name(uid)
        .setParallelism(outcomes.getParallelism());
  }

  /** Tells outcomes apart. */
  final class Split<O extends Outcome<T>, T> extends ProcessFunction<O, T> {
    private static final long serialVersionUID = 1L;

    @Override
    public void processElement(O outcome, Context ctx, Collector<T> out) {
      if (outcome.rejected() == null) {
        out.collect(outcome.accepted());
      } else {
        ctx.output(REJECTED, outcome.rejected());
      }
    }
  }
}
