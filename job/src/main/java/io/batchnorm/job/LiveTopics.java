package io.batchnorm.job;

import java.util.Map;

/**
 * Topics that are followed while a job with unbounded input runs. A bounded one takes what they
 * hold when it starts: it could not end while it waits for more.
 *
 * @param control topic of commands, null for none
 * @param controlEnds where its history ends, by partition
 * @param statistics topic of statistics, null for none
 * @param statisticsEnds where its history ends, by partition
 */
record LiveTopics(
    String control,
    Map<Integer, Long> controlEnds,
    String statistics,
    Map<Integer, Long> statisticsEnds) {
  static final LiveTopics NONE = new LiveTopics(null, Map.of(), null, Map.of());

  LiveTopics withControl(String topic, Map<Integer, Long> ends) {
    return new LiveTopics(topic, ends, statistics, statisticsEnds);
  }

  LiveTopics withStatistics(String topic, Map<Integer, Long> ends) {
    return new LiveTopics(control, controlEnds, topic, ends);
  }
}
