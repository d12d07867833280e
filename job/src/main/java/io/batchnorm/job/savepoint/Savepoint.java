package io.batchnorm.job.savepoint;

import io.batchnorm.operator.BatchNormalization;
import io.batchnorm.operator.SavedLayers;
import io.batchnorm.types.BatchNormTypes;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Optional;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.state.IncrementalKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.state.api.OperatorIdentifier;
import org.apache.flink.state.api.SavepointReader;
import org.apache.flink.state.api.runtime.SavepointLoader;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.operators.collect.CollectSinkOperatorFactory;
import org.apache.flink.util.CloseableIterator;
import org.apache.flink.util.function.FunctionWithException;

/**
 * A savepoint or checkpoint of a job with the keyed batch norm operator.
 *
 * <p>SavepointLoader and the state handles are internal to Flink. There is no public way to learn
 * what is in a savepoint before a job that reads it fails.
 */
public final class Savepoint {
  private static final String UID = BatchNormalization.DEFAULT_UID;
  private static final String SLICER = SavedLayers.slicerUid(UID);

  /** Of one record, which is the state of one key; twice as much must fit a message of Flink's. */
  private static final MemorySize LARGEST_STATE = MemorySize.ofMebiBytes(4);

  private final SavepointFolder folder;
  private final String uid;
  private final OperatorState operator;
  private final OperatorState slices;

  /**
   * @param uid of the operator that has the layers
   * @param slices null unless they are sliced, and their slices have begun
   */
  private Savepoint(
      SavepointFolder folder, String uid, OperatorState operator, OperatorState slices) {
    this.folder = folder;
    this.uid = uid;
    this.operator = operator;
    this.slices = slices;
  }

  /**
   * Reads its metadata.
   *
   * @param folder of the savepoint, or its file {@code _metadata}
   * @throws SavepointException if there is none, it is damaged, or it is of another job
   */
  public static Savepoint open(SavepointFolder folder) throws SavepointException {
    CheckpointMetadata metadata = metadata(folder);
    Optional<OperatorState> slicer = operator(metadata, SLICER);
    Optional<OperatorState> plain = operator(metadata, UID);
    if (slicer.isPresent()) {
      return new Savepoint(folder, SLICER, slicer.get(), plain.orElse(null));
    }
    return new Savepoint(
        folder,
        UID,
        plain.orElseThrow(
            () ->
                new SavepointException(
                    "%s is of another job: none of its operators has the uid \"%s\""
                        .formatted(folder, UID))),
        null);
  }

  private static Optional<OperatorState> operator(CheckpointMetadata metadata, String uid) {
    OperatorIdentifier wanted = OperatorIdentifier.forUid(uid);
    return metadata.getOperatorStates().stream()
        .filter(state -> state.getOperatorID().equals(wanted.getOperatorId()))
        .findFirst();
  }

  /** Whether the layers in it are sliced. */
  public boolean isSliced() {
    return uid.equals(SLICER);
  }

  /**
   * Reads how many channels a slice has.
   *
   * @param env in which a job does that
   * @return 0 if layers are whole
   * @throws Exception if the job fails
   */
  public int channelsPerSlice(StreamExecutionEnvironment env) throws Exception {
    return isSliced() ? SavedLayers.channelsPerSlice(read(env, this::config).config()) : 0;
  }

  /** Damaged lengths ask for any amount of memory, and damaged names for any class. */
  private static CheckpointMetadata metadata(SavepointFolder folder) throws SavepointException {
    try {
      return SavepointLoader.loadSavepointMetadata(folder.path().toString());
    } catch (FileNotFoundException e) {
      throw new SavepointException(
          "there is no savepoint %s: it is no folder with a file _metadata".formatted(folder), e);
    } catch (EOFException e) {
      throw damaged(folder, "it ends too early", e);
    } catch (IOException | RuntimeException | LinkageError e) {
      throw damaged(folder, e.getMessage() == null ? e.toString() : e.getMessage(), e);
    } catch (OutOfMemoryError | StackOverflowError e) {
      throw damaged(folder, "it announces more than fits the memory", e);
    }
  }

  private static SavepointException damaged(
      SavepointFolder folder, String sentence, Throwable cause) {
    String first = sentence.lines().findFirst().orElse("").split("\\. ", 2)[0];
    return new SavepointException(
        "the metadata of %s cannot be read, so it is no savepoint or damaged: %s"
            .formatted(folder, first),
        cause);
  }

  /**
   * Reads what the job that left it would tell at end of input.
   *
   * @param env in which a job does that
   * @throws SavepointException if it is of a kind that cannot be read
   * @throws Exception if the job fails
   */
  public SavedStatistics read(StreamExecutionEnvironment env) throws Exception {
    return read(env, this::all).statistics();
  }

  private SavedState read(
      StreamExecutionEnvironment env,
      FunctionWithException<SavepointReader, DataStream<Tuple3<Integer, String, byte[]>>, Exception>
          parts)
      throws Exception {
    SavedState saved = new SavedState();
    if (operator.getNumberCollectedStates() > 0) {
      env.configure(configuration(env, stateBackend()));
      SavepointReader reader = SavepointReader.read(env, folder.path().toString());
      try (CloseableIterator<Tuple3<Integer, String, byte[]>> read =
          parts.apply(reader).executeAndCollect("read " + folder)) {
        while (read.hasNext()) {
          saved.add(read.next());
        }
      }
    }
    return saved;
  }

  private static Configuration configuration(StreamExecutionEnvironment env, String stateBackend) {
    Configuration configuration = new Configuration();
    configuration.set(StateBackendOptions.STATE_BACKEND, stateBackend);
    MemorySize given = env.getConfiguration().get(CollectSinkOperatorFactory.MAX_BATCH_SIZE);
    configuration.set(
        CollectSinkOperatorFactory.MAX_BATCH_SIZE,
        LARGEST_STATE.compareTo(given) > 0 ? LARGEST_STATE : given);
    return configuration;
  }

  /** Any backend reads the canonical format; RocksDB's own only itself. */
  private String stateBackend() throws SavepointException {
    Optional<KeyedStateHandle> strange =
        operator.getStates().stream()
            .flatMap(state -> state.getManagedKeyedState().stream())
            .filter(handle -> !(handle instanceof KeyGroupsStateHandle))
            .findFirst();
    if (strange.isEmpty()) {
      return "hashmap";
    }
    if (strange.get() instanceof IncrementalKeyedStateHandle) {
      return "rocksdb";
    }
    throw new SavepointException(
        "%s was written in a way that is not read here (%s); take a savepoint with --type canonical"
            .formatted(folder, strange.get().getClass().getSimpleName()));
  }

  private DataStream<Tuple3<Integer, String, byte[]>> all(SavepointReader reader)
      throws IOException {
    OperatorIdentifier id = OperatorIdentifier.forUid(uid);
    DataStream<Tuple3<Integer, String, byte[]>> all =
        layers(reader, uid, isSliced() ? StateReader.ofLeaders() : StateReader.ofWholeLayers())
            .union(
                reader
                    .readBroadcastState(
                        id,
                        SavedLayers.directives().getName(),
                        Types.LONG,
                        BatchNormTypes.DIRECTIVE)
                    .map(SavedState::directive)
                    .returns(SavedState.PART),
                config(reader));
    return slices == null || slices.getNumberCollectedStates() == 0
        ? all
        : all.union(layers(reader, UID, StateReader.ofSlices()));
  }

  private static DataStream<Tuple3<Integer, String, byte[]>> layers(
      SavepointReader reader, String uid, StateReader states) throws IOException {
    return reader.readKeyedState(
        OperatorIdentifier.forUid(uid), states, Types.STRING, SavedState.PART);
  }

  private DataStream<Tuple3<Integer, String, byte[]>> config(SavepointReader reader)
      throws IOException {
    return reader
        .readBroadcastState(
            OperatorIdentifier.forUid(uid),
            SavedLayers.config().getName(),
            Types.STRING,
            Types.STRING)
        .map(SavedState::config)
        .returns(SavedState.PART);
  }
}
