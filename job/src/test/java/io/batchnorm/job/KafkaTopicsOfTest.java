package io.batchnorm.job;

import io.batchnorm.job.cluster.KafkaBroker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Topics of one test on a broker that it shares with others, and commands that use them. */
record KafkaTopicsOfTest(KafkaBroker broker, String prefix) {
  private static final AtomicInteger TESTS = new AtomicInteger();
  private static final Map<String, String> LARGE = Map.of("max.message.bytes", "35000000");

  /** Topics that no other test has. */
  static KafkaTopicsOfTest on(KafkaBroker broker) {
    return new KafkaTopicsOfTest(broker, "t" + TESTS.incrementAndGet());
  }

  /** A name that no topic has yet. */
  String name(String role) {
    return prefix + "-" + role;
  }

  String create(String role, int partitions) {
    return create(role, partitions, LARGE);
  }

  String create(String role, int partitions, Map<String, String> config) {
    broker.createTopic(name(role), partitions, config);
    return name(role);
  }

  String compacted(String role, int partitions) {
    return create(role, partitions, Map.of("cleanup.policy", "compact"));
  }

  /** {@code run} on that broker. */
  Outcome run(String... arguments) {
    return Outcome.of(arguments(arguments));
  }

  List<String> arguments(String... arguments) {
    List<String> all = new ArrayList<>(List.of("run", "--kafka-bootstrap=" + broker.bootstrap()));
    all.addAll(List.of(arguments));
    return all;
  }
}
