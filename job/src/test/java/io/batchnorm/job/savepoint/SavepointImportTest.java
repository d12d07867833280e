package io.batchnorm.job.savepoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.batchnorm.core.RunningStatistics;
import io.batchnorm.exchange.KeyNote;
import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.exchange.StatisticsFileWriter;
import io.batchnorm.types.KeyState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.TimerService;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** An import that lost something says so and leaves nothing. */
@Timeout(60)
class SavepointImportTest {
  @RegisterExtension static final MiniClusterExtension CLUSTER = new MiniClusterExtension();

  private static final int KEYS = 1000;
  private static final AtomicInteger FIRED = new AtomicInteger();

  @TempDir Path folder;

  private Path file;
  private Path target;

  @BeforeEach
  void prepare() throws Exception {
    FIRED.set(0);
    file = folder.resolve("s.safetensors");
    target = folder.resolve("savepoint");
    SortedMap<String, RunningStatistics> byKey = new TreeMap<>();
    for (int k = 0; k < KEYS; k++) {
      byKey.put("k" + k, RunningStatistics.of(k, -1, new double[] {k, 0.1}, new double[] {1, 2}));
    }
    StatisticsFileWriter.of(byKey)
        .withFloat64()
        .withNotes(Map.of("k7", KeyNote.ofFreeze(true)))
        .write(file);
  }

  private SavedStatistics run(BootstrapLayers function) throws Exception {
    Configuration configuration = new Configuration();
    configuration.set(PipelineOptions.GENERIC_TYPES, false);
    return new SavepointImport(file, SavepointFolder.of(target.toString()), 128)
        .run(
            StreamExecutionEnvironment.getExecutionEnvironment(configuration),
            StatisticsFile.read(file),
            function);
  }

  private void assertFails(BootstrapLayers function, int there) {
    assertThatThrownBy(() -> run(function))
        .isInstanceOf(SavepointException.class)
        .hasMessage(
            "read back, the savepoint %s had %,d of the 1,000 keys of %s as they are there, so it was removed; look for what failed in the log of whoever wrote it",
            target, there, file);
    assertThat(FIRED).hasPositiveValue();
    assertThat(Files.exists(target)).isFalse();
  }

  @Test
  void readsBackWhatItWrote() throws Exception {
    SavedStatistics written = run(new BootstrapLayers(Map.of()));

    assertThat(written.byKey()).isEqualTo(StatisticsFile.read(file).byKey());
    assertThat(written.frozen()).isEqualTo(1);
    assertThat(target.resolve("_metadata")).isNotEmptyFile();
  }

  private static final class ThrowsAtTheTenth extends BootstrapLayers {
    private static final long serialVersionUID = 1L;

    ThrowsAtTheTenth() {
      super(Map.of());
    }

    @Override
    void put(String key, KeyState state, TimerService timers) throws Exception {
      if (FIRED.incrementAndGet() == 10) {
        throw new IllegalStateException("injected");
      }
      super.put(key, state, timers);
    }
  }

  @Test
  void findsThatTheFunctionThrewAndDoesNotHang() {
    assertFails(new ThrowsAtTheTenth(), 0);
    assertThat(FIRED).as("nothing is put after a failure").hasValue(10);
  }

  private static final class ThrowsAtTheEnd extends BootstrapLayers {
    private static final long serialVersionUID = 1L;

    ThrowsAtTheEnd() {
      super(Map.of());
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) {
      FIRED.incrementAndGet();
      throw new IllegalStateException("injected");
    }
  }

  @Test
  void findsThatTheStateCouldNotBeWritten() {
    assertFails(new ThrowsAtTheEnd(), 0);
  }

  private static final class LosesOne extends BootstrapLayers {
    private static final long serialVersionUID = 1L;

    LosesOne() {
      super(Map.of());
    }

    @Override
    void put(String key, KeyState state, TimerService timers) throws Exception {
      if (key.equals("k500")) {
        FIRED.incrementAndGet();
      } else {
        super.put(key, state, timers);
      }
    }
  }

  @Test
  void findsThatOneKeyIsMissing() {
    assertFails(new LosesOne(), 999);
  }

  private static final class ForgetsTheFreeze extends BootstrapLayers {
    private static final long serialVersionUID = 1L;

    ForgetsTheFreeze() {
      super(Map.of());
    }

    @Override
    void put(String key, KeyState state, TimerService timers) throws Exception {
      FIRED.incrementAndGet();
      super.put(
          key, KeyState.of(state.layer().unfreeze(), state.batches(), 0, state.waiting()), timers);
    }
  }

  @Test
  void findsThatAFreezeIsMissing() {
    assertFails(new ForgetsTheFreeze(), 1000);
  }

  @Test
  void keepsWhatIsInAFolderThatIsNotFree() throws Exception {
    Files.createDirectories(target);
    assertThat(SavepointFolder.of(target.toString()).isFree()).isTrue();

    Files.writeString(target.resolve("mine"), "precious");

    assertThat(SavepointFolder.of(target.toString()).isFree()).isFalse();
    assertThat(SavepointFolder.of(target.resolve("mine").toString()).isFree()).isFalse();
  }
}
