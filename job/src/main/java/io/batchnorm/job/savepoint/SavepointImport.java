package io.batchnorm.job.savepoint;

import io.batchnorm.core.Fingerprint;
import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.operator.BatchNormalization;
import io.batchnorm.operator.SavedLayers;
import io.batchnorm.types.KeyState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.state.api.OperatorIdentifier;
import org.apache.flink.state.api.OperatorTransformation;
import org.apache.flink.state.api.SavepointWriter;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Makes a savepoint of a file of statistics, and makes sure that it is one. */
public final class SavepointImport {
  private static final String NAME = "batchnorm import";

  private final Path file;
  private final SavepointFolder target;
  private final int maxParallelism;
  private final int channelsPerSlice;

  /**
   * @param file that all machines of the cluster see
   * @param target nothing yet, or an empty folder
   * @param maxParallelism of the jobs that shall start from it
   */
  public SavepointImport(Path file, SavepointFolder target, int maxParallelism) {
    this(file, target, maxParallelism, 0);
  }

  /**
   * @param channelsPerSlice of the jobs that shall start from it, 0 if their layers are whole
   */
  public SavepointImport(
      Path file, SavepointFolder target, int maxParallelism, int channelsPerSlice) {
    this.channelsPerSlice = channelsPerSlice;
    this.file = file;
    this.target = target;
    this.maxParallelism = maxParallelism;
  }

  /**
   * Writes the savepoint, reads it back and compares. Whatever goes wrong, no unusable savepoint
   * stays behind.
   *
   * @param statistics that the file holds
   * @return what was read back
   * @throws SavepointException if it does not hold the statistics
   * @throws Exception if a job fails
   */
  public SavedStatistics run(StreamExecutionEnvironment env, StatisticsFile statistics)
      throws Exception {
    Map<String, String> config = new TreeMap<>(SavedStatistics.config(statistics));
    config.putAll(SavedLayers.sliceConfig(channelsPerSlice));
    return run(env, statistics, new BootstrapLayers(config));
  }

  SavedStatistics run(
      StreamExecutionEnvironment env, StatisticsFile statistics, BootstrapLayers function)
      throws Exception {
    try {
      write(env, function);
      SavedStatistics written = Savepoint.open(target).read(env);
      check(SavedStatistics.of(statistics), written);
      return written;
    } catch (Exception e) {
      remove(e);
      throw e;
    }
  }

  /**
   * In one subtask all that the State Processor API adds is chained, and with object reuse nothing
   * in between is copied, so its classes do not go through Kryo, which wants packages of the JDK
   * opened. But it must be allowed to: the graph names it.
   */
  private void write(StreamExecutionEnvironment env, BootstrapLayers function) throws Exception {
    Configuration configuration = new Configuration();
    configuration.set(PipelineOptions.GENERIC_TYPES, true);
    configuration.set(PipelineOptions.OBJECT_REUSE, true);
    env.configure(configuration);
    env.setParallelism(1);
    DataStream<Tuple2<String, KeyState>> states =
        env.fromData(Types.STRING, file.toString())
            .flatMap(new StatisticsOfFile())
            .returns(StatisticsOfFile.TYPE);
    SavepointWriter.newSavepoint(env, new HashMapStateBackend(), maxParallelism)
        .withOperator(
            OperatorIdentifier.forUid(
                channelsPerSlice == 0
                    ? BatchNormalization.DEFAULT_UID
                    : SavedLayers.slicerUid(BatchNormalization.DEFAULT_UID)),
            OperatorTransformation.bootstrapWith(states)
                .keyBy(state -> state.f0, Types.STRING)
                .transform(function))
        .write(target.path().toString());
    // Not execute, which does not wait when a detached client runs it.
    env.executeAsync(NAME).getJobExecutionResult().get();
  }

  private void check(SavedStatistics wanted, SavedStatistics written) throws SavepointException {
    long there =
        wanted.byKey().entrySet().stream()
            .filter(key -> key.getValue().equals(written.byKey().get(key.getKey())))
            .count();
    boolean same =
        Fingerprint.of(wanted.byKey()).equals(Fingerprint.of(written.byKey()))
            && wanted.notes().equals(written.notes())
            && wanted.settings().equals(written.settings());
    if (!same) {
      throw new SavepointException(
          ("read back, the savepoint %s had %,d of the %,d keys of %s as they are there, so it was"
                  + " removed; look for what failed in the log of whoever wrote it")
              .formatted(target, there, wanted.byKey().size(), file));
    }
  }

  private void remove(Exception reason) {
    try {
      target.remove();
    } catch (IOException e) {
      reason.addSuppressed(e);
    }
  }
}
