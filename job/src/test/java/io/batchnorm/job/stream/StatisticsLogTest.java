package io.batchnorm.job.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.batchnorm.core.RunningStatistics;
import io.batchnorm.types.KeyStatistics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatisticsLogTest {
  @TempDir Path folder;
  private Path file;
  private StatisticsLog log;

  @BeforeEach
  void prepare() {
    file = folder.resolve("not/yet/statistics.jsonl");
    log = new StatisticsLog(file);
  }

  @Test
  void everyLineIsThereAsSoonAsItIsWritten() throws Exception {
    try (StatefulSinkWriter<KeyStatistics, StatisticsLog.Length> writer = log.createWriter(null)) {
      assertThat(file).isEmptyFile();
      writer.write(version("a", 1), null);
      assertThat(file).hasContent(line("a", 1));
      writer.write(version("b", 2), null);
      assertThat(file).hasContent(line("a", 1) + line("b", 2));
    }
  }

  @Test
  void aFreshStartReplacesTheFileByAnother() throws Exception {
    write(version("a", 1));
    Object before = Files.getAttribute(file, "unix:ino");

    write(version("b", 1));

    assertThat(file).hasContent(line("b", 1));
    assertThat(Files.getAttribute(file, "unix:ino")).isNotEqualTo(before);
    assertThat(file.getParent()).isDirectoryNotContaining(other -> !other.equals(file));
  }

  @Test
  void aRestoreCutsOffWhatCameBehindTheCheckpointAndGoesOn() throws Exception {
    List<StatisticsLog.Length> state;
    try (StatefulSinkWriter<KeyStatistics, StatisticsLog.Length> writer = log.createWriter(null)) {
      writer.write(version("a", 1), null);
      writer.flush(false);
      state = throughBytes(writer.snapshotState(1));
      writer.write(version("a", 2), null);
      writer.write(version("a", 3), null);
    }
    Object before = Files.getAttribute(file, "unix:ino");

    List<StatisticsLog.Length> later;
    try (var writer = log.restoreWriter(null, state)) {
      assertThat(file).hasContent(line("a", 1));
      writer.write(version("c", 9), null);
      later = writer.snapshotState(2);
    }
    log.restoreWriter(null, later).close();

    assertThat(file).hasContent(line("a", 1) + line("c", 9));
    assertThat(Files.getAttribute(file, "unix:ino")).isEqualTo(before);
  }

  @Test
  void aRestoreWithoutStateIsAFreshStart() throws Exception {
    write(version("a", 1));

    log.restoreWriter(null, List.of()).close();

    assertThat(file).isEmptyFile();
  }

  @Test
  void aRestoreIntoAnotherFolderStartsThere() throws Exception {
    List<StatisticsLog.Length> state = write(version("a", 1));
    Path other = folder.resolve("other/statistics.jsonl");

    try (var writer = new StatisticsLog(other).restoreWriter(null, state)) {
      writer.write(version("b", 1), null);
    }

    assertThat(other).hasContent(line("b", 1));
    assertThat(file).hasContent(line("a", 1));
  }

  @Test
  void refusesToGoOnWithAFileThatLacksWhatTheCheckpointHas() throws Exception {
    List<StatisticsLog.Length> state = write(version("a", 1));
    long length = Files.size(file);

    Files.writeString(file, "short");
    assertThatThrownBy(() -> log.restoreWriter(null, state))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "%s has 5 bytes, the checkpoint wants its first %d bytes; put it back, or name another"
                + " folder",
            file, length);
    assertThat(file).hasContent("short");

    Files.delete(file);
    assertThatThrownBy(() -> log.restoreWriter(null, state))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(file + " is not there, the checkpoint wants its first ");
  }

  /** What a whole run leaves; its last state. */
  private List<StatisticsLog.Length> write(KeyStatistics statistics) throws Exception {
    try (StatefulSinkWriter<KeyStatistics, StatisticsLog.Length> writer = log.createWriter(null)) {
      writer.write(statistics, null);
      writer.flush(true);
      return writer.snapshotState(1);
    }
  }

  private List<StatisticsLog.Length> throughBytes(List<StatisticsLog.Length> state)
      throws IOException {
    SimpleVersionedSerializer<StatisticsLog.Length> serializer = log.getWriterStateSerializer();
    List<StatisticsLog.Length> copies = new ArrayList<>();
    for (StatisticsLog.Length length : state) {
      copies.add(serializer.deserialize(serializer.getVersion(), serializer.serialize(length)));
    }
    return copies;
  }

  private static KeyStatistics version(String key, long batches) {
    return KeyStatistics.of(
        key, RunningStatistics.of(batches, -1, new double[] {batches}, new double[] {1}), false);
  }

  private static String line(String key, long batches) {
    return new String(StatisticsJson.line(version(key, batches)), StandardCharsets.UTF_8);
  }
}
