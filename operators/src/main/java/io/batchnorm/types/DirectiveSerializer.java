package io.batchnorm.types;

import io.batchnorm.core.RunningStatistics;
import io.batchnorm.types.Directive.Command;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Layout, big-endian, version 1:
 *
 * <pre>
 * size  field
 * 1     command: 1 freeze, 2 unfreeze, 3 reset, 4 load
 * ?     key, string: length + 1, then UTF-16 units in 1 to 3 bytes each (Flink's StringValue)
 * 8     afterBatches
 * ?     statistics, only for load, see {@link RunningStatisticsSerializer}
 * </pre>
 */
public final class DirectiveSerializer extends VersionedSerializer<Directive> {
  private static final long serialVersionUID = 1L;
  private static final int V1 = 1;
  private static final int CURRENT = V1;

  public DirectiveSerializer() {
    this(CURRENT);
  }

  private DirectiveSerializer(int version) {
    super(version);
  }

  @Override
  public void serialize(Directive directive, DataOutputView out) throws IOException {
    out.writeByte(directive.command().wire());
    Strings.write(directive.key(), out);
    out.writeLong(directive.afterBatches());
    if (directive.command() == Command.LOAD) {
      RunningStatisticsSerializer.INSTANCE.serialize(directive.statistics(), out);
    }
  }

  @Override
  Directive read(int version, DataInputView in) throws IOException {
    return switch (version) {
      case V1 -> readV1(in);
      default -> throw BulkArrays.unknownVersion(getClass(), version);
    };
  }

  private static Directive readV1(DataInputView in) throws IOException {
    Command command = readCommand(in);
    String key = Strings.read(in);
    long afterBatches = in.readLong();
    RunningStatistics statistics =
        command == Command.LOAD ? RunningStatisticsSerializer.INSTANCE.deserialize(in) : null;
    return new Directive(command, key, afterBatches, statistics);
  }

  private static Command readCommand(DataInputView in) throws IOException {
    byte wire = in.readByte();
    for (Command command : Command.values()) {
      if (command.wire() == wire) {
        return command;
      }
    }
    throw new IOException("command is %d, wanted 1 to 4: the bytes are damaged".formatted(wire));
  }

  @Override
  public TypeSerializerSnapshot<Directive> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Version of the layout in a savepoint. */
  public static final class Snapshot extends VersionedSnapshot<Directive> {
    public Snapshot() {
      super(CURRENT);
    }

    @Override
    TypeSerializer<Directive> serializerOf(int version) {
      return new DirectiveSerializer(version);
    }
  }
}
