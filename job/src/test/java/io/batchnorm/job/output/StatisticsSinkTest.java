package io.batchnorm.job.output;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.RunningStatistics;
import io.batchnorm.exchange.KeyNote;
import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.types.KeyStatistics;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatisticsSinkTest {
  private static final RunningStatistics OLD = statistics(1);
  private static final RunningStatistics NEW = statistics(2);

  @TempDir Path folder;
  private Path file;
  private StatisticsSink sink;

  @BeforeEach
  void prepare() {
    file = folder.resolve("s.safetensors");
    sink =
        new StatisticsSink(
            file,
            new StatisticsFormat(true, false, Map.of("format", "pt")),
            Map.of("loaded", OLD, "learned", OLD));
  }

  @Test
  void writesWhatWasLoadedAlsoWhereNothingWasLearned() throws Exception {
    StatefulSinkWriter<KeyStatistics, KeyStatistics> writer = sink.createWriter(null);

    writer.flush(false);
    assertThat(file).as("nothing changed").doesNotExist();

    writer.flush(true);
    assertThat(written()).isEqualTo(Map.of("loaded", OLD, "learned", OLD));
  }

  @Test
  void writesWhichKeysAreFrozen() throws Exception {
    StatefulSinkWriter<KeyStatistics, KeyStatistics> writer = sink.createWriter(null);
    writer.write(KeyStatistics.of("learned", NEW, true), null);
    writer.flush(true);

    assertThat(StatisticsFile.read(file).notes())
        .isEqualTo(Map.of("learned", KeyNote.ofFreeze(true)));
  }

  @Test
  void writesFloat64OnlyIfAskedTo() throws Exception {
    RunningStatistics rounded = RunningStatistics.of(1, 2, new double[] {0.1}, new double[] {0.1});
    for (boolean float64 : new boolean[] {false, true}) {
      StatisticsFormat format = new StatisticsFormat(true, float64, Map.of());
      new StatisticsSink(file, format, Map.of("k", rounded)).createWriter(null).flush(true);

      assertThat(written().get("k").mean(0)).isEqualTo(float64 ? 0.1 : 0.1f);
    }
  }

  @Test
  void writesTheNewestStatisticsAtACheckpointThatFindsThemChanged() throws Exception {
    StatefulSinkWriter<KeyStatistics, KeyStatistics> writer = sink.createWriter(null);
    writer.write(KeyStatistics.of("learned", OLD, false), null);
    writer.write(KeyStatistics.of("learned", NEW, true), null);
    writer.write(KeyStatistics.of("new", NEW, false), null);
    assertThat(file).doesNotExist();

    writer.flush(false);

    assertThat(written()).isEqualTo(Map.of("loaded", OLD, "learned", NEW, "new", NEW));
  }

  @Test
  void goesOnFromItsStateRatherThanFromWhatWasLoaded() throws Exception {
    StatefulSinkWriter<KeyStatistics, KeyStatistics> writer = sink.createWriter(null);
    writer.write(KeyStatistics.of("learned", NEW, true), null);
    writer.write(KeyStatistics.of("new", NEW, false), null);
    SimpleVersionedSerializer<KeyStatistics> serializer = sink.getWriterStateSerializer();
    List<KeyStatistics> state = new ArrayList<>();
    for (KeyStatistics held : writer.snapshotState(1)) {
      state.add(serializer.deserialize(serializer.getVersion(), serializer.serialize(held)));
    }

    sink.restoreWriter(null, state).flush(true);

    assertThat(written()).isEqualTo(Map.of("loaded", OLD, "learned", NEW, "new", NEW));
  }

  private Map<String, RunningStatistics> written() throws Exception {
    return StatisticsFile.read(file).byKey();
  }

  private static RunningStatistics statistics(long batches) {
    return RunningStatistics.of(batches, 8 * batches, new double[] {0.5}, new double[] {batches});
  }

  @Test
  void leavesOutWhatWasResetAlsoAfterARestore() throws Exception {
    StatefulSinkWriter<KeyStatistics, KeyStatistics> writer = sink.createWriter(null);
    writer.write(KeyStatistics.forgotten("loaded", false), null);

    writer.flush(false);

    assertThat(written()).isEqualTo(Map.of("learned", OLD));
    sink.restoreWriter(null, writer.snapshotState(1)).flush(true);
    assertThat(written()).isEqualTo(Map.of("learned", OLD));
  }
}
