package io.batchnorm.exchange;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The contents of a safetensors file in memory: named tensors and string metadata. Immutable; both
 * maps keep their order.
 */
public final class Safetensors {

  /** The header's key for the metadata, which therefore cannot name a tensor. */
  static final String METADATA_KEY = "__metadata__";

  private final Map<String, Tensor> tensors;
  private final Map<String, String> metadata;

  /**
   * Copies both maps.
   *
   * @throws IllegalArgumentException if a tensor is named {@code __metadata__}
   */
  public Safetensors(Map<String, Tensor> tensors, Map<String, String> metadata) {
    if (tensors.containsKey(METADATA_KEY)) {
      throw new IllegalArgumentException(
          "a tensor is named __metadata__, which the format reserves; rename it");
    }
    this.tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    this.metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
  }

  /** Returns the tensors by name, in the order of the file's header. */
  public Map<String, Tensor> tensors() {
    return tensors;
  }

  /** Returns the metadata, empty if the file has none. */
  public Map<String, String> metadata() {
    return metadata;
  }
}
