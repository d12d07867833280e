package io.batchnorm.job.stream;

import io.batchnorm.core.RejectionReason;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.RejectedRecord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A follower in a harness, whose clock and whose file the test moves. */
abstract class FollowerTestBase {
  static final int MAX_LINE_BYTES = 400;

  @TempDir Path folder;
  Path file;
  KeyedOneInputStreamOperatorTestHarness<String, String, KeyStatistics> harness;
  private int emitted;
  private int rejected;

  @BeforeEach
  void prepare() {
    file = folder.resolve("statistics.jsonl");
  }

  @AfterEach
  void close() throws Exception {
    harness.close();
  }

  void start() throws Exception {
    start(FilePosition.START, null);
  }

  void restart(OperatorSubtaskState state) throws Exception {
    start(FilePosition.START, state);
  }

  void start(FilePosition from, OperatorSubtaskState state) throws Exception {
    harness =
        new KeyedOneInputStreamOperatorTestHarness<>(
            new KeyedProcessOperator<>(new StatisticsFollower(file, from, MAX_LINE_BYTES)),
            element -> "",
            Types.STRING);
    emitted = 0;
    rejected = 0;
    harness.setup();
    if (state != null) {
      harness.initializeState(state);
    }
    harness.open();
    if (state == null) {
      harness.processElement("start", 0);
    } else {
      look();
    }
  }

  void look() throws Exception {
    harness.setProcessingTime(harness.getProcessingTime() + StatisticsFollower.INTERVAL_MILLIS);
  }

  /** Statistics since the last call. */
  List<KeyStatistics> emitted() {
    List<KeyStatistics> all = harness.extractOutputValues();
    List<KeyStatistics> since = all.subList(emitted, all.size());
    emitted = all.size();
    return since;
  }

  /** Rejected lines since the last call. */
  List<RejectedRecord> rejected() {
    var output = harness.getSideOutput(StatisticsFollower.REJECTED);
    if (output == null) {
      return List.of();
    }
    List<RejectedRecord> all = output.stream().map(StreamRecord::getValue).toList();
    List<RejectedRecord> since = all.subList(rejected, all.size());
    rejected = all.size();
    return since;
  }

  void append(String... lines) throws IOException {
    append(String.join("", Arrays.asList(lines)).getBytes(StandardCharsets.UTF_8));
  }

  void append(byte[] bytes) throws IOException {
    Files.write(file, bytes, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  RejectedRecord malformed(String key, int line, String sentence) {
    return new RejectedRecord(
        key,
        "line " + line,
        RejectionReason.MALFORMED_STATISTICS,
        "line %d of %s: %s".formatted(line, file, sentence));
  }

  static KeyStatistics version(String key, long batches) {
    return KeyStatistics.of(key, statistics(batches), false);
  }

  static KeyStatistics reset(String key, long batches) {
    return new KeyStatistics(key, statistics(batches), false, true);
  }

  private static RunningStatistics statistics(long batches) {
    return RunningStatistics.of(
        batches, RunningStatistics.UNKNOWN_COUNT, new double[] {batches}, new double[] {1});
  }

  static String line(String key, long batches) {
    return text(version(key, batches));
  }

  static String text(KeyStatistics statistics) {
    return new String(StatisticsJson.line(statistics), StandardCharsets.UTF_8);
  }
}
