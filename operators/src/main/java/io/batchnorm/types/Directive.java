package io.batchnorm.types;

import io.batchnorm.core.LayerState;
import io.batchnorm.core.RunningStatistics;
import java.util.Locale;
import java.util.Objects;
import org.apache.flink.api.common.typeinfo.TypeInfo;

/**
 * A command to the layers of one key or of all keys, on the control stream.
 *
 * @param command what to do
 * @param key which key, {@link #ALL_KEYS} for all, also those first seen later
 * @param afterBatches 0 to act when it arrives; N to act exactly between a key's normalized batch N
 *     and the next (at once if the key is already past it)
 * @param statistics what to load; null for the other commands
 */
@TypeInfo(BatchNormTypes.DirectiveFactory.class)
public record Directive(
    Command command, String key, long afterBatches, RunningStatistics statistics) {

  /** Addresses every key. */
  public static final String ALL_KEYS = "*";

  /** What a directive does to a layer; the byte is its code in state. */
  public enum Command {
    /** Statistics stop changing; batches are normalized by them. */
    FREEZE(1),
    /** Statistics learn again. */
    UNFREEZE(2),
    /** Statistics are forgotten; weight, bias and the freeze stay. */
    RESET(3),
    /** Statistics are replaced; the freeze stays. */
    LOAD(4);

    private final byte wire;

    Command(int wire) {
      this.wire = (byte) wire;
    }

    byte wire() {
      return wire;
    }

    /** The name in control files. */
    public String code() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * @throws IllegalArgumentException if {@code afterBatches} is negative, or there are statistics
   *     without {@code LOAD} or {@code LOAD} without them
   */
  public Directive {
    Objects.requireNonNull(command, "command");
    Objects.requireNonNull(key, "key");
    if (afterBatches < 0) {
      throw new IllegalArgumentException(
          "after_batches is %d, wanted 0 or more".formatted(afterBatches));
    }
    if ((command == Command.LOAD) != (statistics != null)) {
      throw new IllegalArgumentException(
          command == Command.LOAD
              ? "load wants statistics"
              : "%s takes no statistics".formatted(command.code()));
    }
  }

  public static Directive freeze(String key) {
    return new Directive(Command.FREEZE, key, 0, null);
  }

  public static Directive unfreeze(String key) {
    return new Directive(Command.UNFREEZE, key, 0, null);
  }

  public static Directive reset(String key) {
    return new Directive(Command.RESET, key, 0, null);
  }

  public static Directive load(String key, RunningStatistics statistics) {
    return new Directive(Command.LOAD, key, 0, statistics);
  }

  /** The same, to act exactly between a key's batch N and the next. */
  public Directive afterBatches(long n) {
    return new Directive(command, key, n, statistics);
  }

  /** Whether it addresses every key. */
  public boolean forAllKeys() {
    return key.equals(ALL_KEYS);
  }

  /** The layer after this command. */
  public LayerState applyTo(LayerState layer) {
    return switch (command) {
      case FREEZE -> layer.freeze();
      case UNFREEZE -> layer.unfreeze();
      case RESET -> layer.reset();
      case LOAD -> layer.load(statistics);
    };
  }
}
