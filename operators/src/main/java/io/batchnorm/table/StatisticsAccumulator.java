package io.batchnorm.table;

import io.batchnorm.core.ExactMoments;
import io.batchnorm.types.ExactMomentsSerializer;
import java.util.Objects;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.types.DataType;

/**
 * What {@link BatchStatisticsFunction} keeps of a group. Flink wants to change an accumulator in
 * place; what it holds is immutable and replaced, so that a snapshot never sees it half changed.
 */
public final class StatisticsAccumulator {
  /** A structured type of one field, whose bytes are those of {@link ExactMomentsSerializer}. */
  static final DataType TYPE =
      DataTypes.STRUCTURED(
          StatisticsAccumulator.class,
          DataTypes.FIELD(
              "moments",
              DataTypes.RAW(ExactMoments.class, new ExactMomentsSerializer()).notNull()));

  private ExactMoments moments = ExactMoments.EMPTY;

  public ExactMoments getMoments() {
    return moments;
  }

  public void setMoments(ExactMoments moments) {
    this.moments = Objects.requireNonNull(moments);
  }

  void add(ExactMoments more) {
    moments = moments.plus(more);
  }
}
