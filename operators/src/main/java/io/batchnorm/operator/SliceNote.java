package io.batchnorm.operator;

import io.batchnorm.types.Directive;
import java.util.Map;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.OperatorStateStore;
import org.apache.flink.runtime.execution.SuppressRestartsException;

/**
 * Remembers beside the state how wide the slices are that it is of. State of slices of one width is
 * of no use to those of another, and Flink would start from nothing.
 *
 * <p>SuppressRestartsException is internal to Flink. There is no public way to say that a failure
 * will not go away by trying again.
 */
final class SliceNote {
  /** The width where layers are not sliced. */
  static final int NONE = 0;

  static final String WIDTH = "channels_per_slice";

  private SliceNote() {}

  /** How wide the slices are whose {@link SavedLayers#config} that is. */
  static int of(Map<String, String> config) {
    return Integer.parseInt(config.getOrDefault(WIDTH, Integer.toString(NONE)));
  }

  /**
   * Refuses the state of slices of another width.
   *
   * @throws SuppressRestartsException if there is some
   */
  static void check(OperatorStateStore store, int width) throws Exception {
    BroadcastState<String, String> config = store.getBroadcastState(KeyedLayers.CONFIG);
    BroadcastState<Long, Directive> directives = store.getBroadcastState(DirectiveLog.DIRECTIVES);
    String saved = config.get(WIDTH);
    boolean none = saved == null;
    boolean isNew =
        none && !config.iterator().hasNext() && (width == NONE || !directives.iterator().hasNext());
    int there = none ? NONE : Integer.parseInt(saved);
    if (!isNew && there != width) {
      throw new SuppressRestartsException(new IllegalStateException(mismatch(there, width)));
    }
  }

  static void write(OperatorStateStore store, int width) throws Exception {
    if (width != NONE) {
      store.getBroadcastState(KeyedLayers.CONFIG).put(WIDTH, Integer.toString(width));
    }
  }

  /** What is to be done about a savepoint of another width. */
  static String mismatch(int saved, int wanted) {
    return "the savepoint was taken with channels-per-slice %s, this job has %s; start with %s, or carry the statistics over by statistics export and --statistics-in"
        .formatted(text(saved), text(wanted), text(saved));
  }

  private static String text(int width) {
    return width == NONE ? "none" : Integer.toString(width);
  }
}
