package io.batchnorm.job.savepoint;

import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.KeyState;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.util.Collector;

/** Reads a file where the job runs, so that only its name is shipped. */
final class StatisticsOfFile implements FlatMapFunction<String, Tuple2<String, KeyState>> {
  private static final long serialVersionUID = 1L;

  static final TypeInformation<Tuple2<String, KeyState>> TYPE =
      Types.TUPLE(Types.STRING, BatchNormTypes.KEY_STATE);

  @Override
  public void flatMap(String file, Collector<Tuple2<String, KeyState>> out) throws IOException {
    StatisticsFile statistics = StatisticsFile.read(Path.of(file));
    for (String key : statistics.byKey().keySet()) {
      out.collect(Tuple2.of(key, SavedStatistics.state(statistics, key)));
    }
  }
}
