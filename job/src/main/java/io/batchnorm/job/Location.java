package io.batchnorm.job;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * An input or output on the command line, {@code SCHEME:REST}.
 *
 * @param scheme one of those allowed
 * @param path the rest as a path, empty for {@code none}
 */
record Location(String scheme, Path path) {
  static final String NONE = "none";

  /**
   * Parses {@code text}, or adds to {@code faults} why it cannot.
   *
   * @param forms allowed forms, such as {@code npy:DIR}
   */
  static Optional<Location> parse(
      String option, String text, List<String> forms, List<String> faults) {
    if (text.equals(NONE) && forms.contains(NONE)) {
      return Optional.of(new Location(NONE, Path.of("")));
    }
    int colon = text.indexOf(':');
    String scheme = colon < 0 ? "" : text.substring(0, colon);
    String rest = text.substring(colon + 1);
    if (rest.isEmpty() || forms.stream().noneMatch(form -> form.startsWith(scheme + ":"))) {
      faults.add("%s is \"%s\", wanted %s".formatted(option, text, String.join(" or ", forms)));
      return Optional.empty();
    }
    return path(option, rest, faults).map(path -> new Location(scheme, path));
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
