package io.batchnorm.job;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.batchnorm.core.RunningStatistics;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Statistics of two channels by their version, as records of a topic and as what these say. */
final class StatisticsVersions {
  private StatisticsVersions() {}

  /**
   * What a training job writes.
   *
   * @param more fields, each behind a comma
   */
  static ProducerRecord<byte[], byte[]> record(String topic, String key, int version, String more) {
    return TopicRecords.record(topic, key, null, json(key, version, more).getBytes(UTF_8));
  }

  static String json(String key, int version, String more) {
    return "{\"key\":\"%s\",\"num_batches_tracked\":%d,\"running_mean\":[%2$d,1],\"running_var\":[4,%2$d]%3$s}"
        .formatted(key, version, more);
  }

  static RunningStatistics of(int version) {
    return RunningStatistics.of(
        version,
        RunningStatistics.UNKNOWN_COUNT,
        new double[] {version, 1},
        new double[] {4, version});
  }
}
