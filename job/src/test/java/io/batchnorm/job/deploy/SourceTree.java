package io.batchnorm.job.deploy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** Files of the repository that no build reads. */
final class SourceTree {
  private SourceTree() {}

  /** A path below the root of the repository. */
  static Path path(String relative) {
    String module = System.getProperty("basedir", System.getProperty("user.dir"));
    return Path.of(module).toAbsolutePath().getParent().resolve(relative);
  }

  static String text(String relative) {
    try {
      return Files.readString(path(relative));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Maps, lists and scalars, with merge keys ({@code <<}) resolved. */
  static Map<String, Object> yaml(String relative) {
    return map(merged(new Load(LoadSettings.builder().build()).loadFromString(text(relative))));
  }

  /** YAML 1.2 has no merge keys, and Compose uses them. */
  private static Object merged(Object node) {
    if (node instanceof List<?> list) {
      return list.stream().map(SourceTree::merged).toList();
    }
    if (!(node instanceof Map<?, ?> given)) {
      return node;
    }
    Map<String, Object> result = new LinkedHashMap<>();
    if (given.containsKey("<<")) {
      result.putAll(map(merged(given.get("<<"))));
    }
    given.forEach((key, value) -> result.put((String) key, merged(value)));
    result.remove("<<");
    return result;
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> map(Object node) {
    return (Map<String, Object>) node;
  }

  @SuppressWarnings("unchecked")
  static List<String> strings(Object node) {
    return node == null ? List.of() : (List<String>) node;
  }

  /** What a tag of the parent pom holds, such as {@code flink.version}. */
  static String ofPom(String tag) {
    Matcher matcher =
        Pattern.compile("<" + Pattern.quote(tag) + ">([^<]+)</").matcher(text("pom.xml"));
    if (!matcher.find()) {
      throw new IllegalArgumentException("there is no <" + tag + "> in pom.xml");
    }
    return matcher.group(1);
  }
}
