package io.batchnorm.job;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * An input or output on the command line, {@code SCHEME:REST}.
 *
 * @param scheme one of those allowed
 * @param path the rest as a path, null for {@code kafka} and {@code none}
 * @param topic the rest as a topic, null unless {@code kafka}
 */
record Location(String scheme, Path path, String topic) {
  static final String NONE = "none";
  static final String KAFKA = "kafka";

  /** What brokers allow. */
  private static final Pattern TOPIC = Pattern.compile("(?!\\.{1,2}$)[A-Za-z0-9._-]{1,249}");

  boolean isTopic() {
    return topic != null;
  }

  /**
   * Parses {@code text}, or adds to {@code faults} why it cannot.
   *
   * @param forms allowed forms, such as {@code npy:DIR}
   */
  static Optional<Location> parse(
      String option, String text, List<String> forms, List<String> faults) {
    if (text.equals(NONE) && forms.contains(NONE)) {
      return Optional.of(new Location(NONE, null, null));
    }
    int colon = text.indexOf(':');
    String scheme = colon < 0 ? "" : text.substring(0, colon);
    String rest = text.substring(colon + 1);
    if (rest.isEmpty() || forms.stream().noneMatch(form -> form.startsWith(scheme + ":"))) {
      faults.add("%s is \"%s\", wanted %s".formatted(option, text, String.join(" or ", forms)));
      return Optional.empty();
    }
    if (scheme.equals(KAFKA)) {
      return topic(option, rest, faults).map(topic -> new Location(scheme, null, topic));
    }
    return path(option, rest, faults).map(path -> new Location(scheme, path, null));
  }

  private static Optional<String> topic(String option, String text, List<String> faults) {
    if (TOPIC.matcher(text).matches()) {
      return Optional.of(text);
    }
    faults.add(
        "%s is \"kafka:%s\", wanted the name of a topic: up to 249 of A-Z, a-z, 0-9, dot, _ and -"
            .formatted(option, text));
    return Optional.empty();
  }

  /** Parses a path, or adds to {@code faults} why it cannot. */
  static Optional<Path> path(String option, String text, List<String> faults) {
    try {
      return Optional.of(Path.of(text).toAbsolutePath().normalize());
    } catch (InvalidPathException e) {
      faults.add("%s is \"%s\", which is no path: %s".formatted(option, text, e.getReason()));
      return Optional.empty();
    }
  }
}
