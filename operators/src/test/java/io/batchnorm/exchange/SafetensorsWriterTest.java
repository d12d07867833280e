package io.batchnorm.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsWriterTest {

  @Test
  void writesTheStateOfATorchBatchNormBitForBit() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    state.put("weight", Tensor.ofVector(1f, 1f));
    state.put("bias", Tensor.ofVector(0f, 0f));
    state.put("running_mean", Tensor.ofVector(0.25f, -1.5f));
    state.put("running_var", Tensor.ofVector(1f, 1f));
    state.put("num_batches_tracked", Tensor.ofLong(7));

    byte[] written = SafetensorsWriter.toBytes(new Safetensors(state, Map.of("format", "pt")));

    assertThat(written).hasSize(400).isEqualTo(StateDict.BYTES);
  }

  @ParameterizedTest
  @ValueSource(strings = {"names.safetensors", "dtypes.safetensors"})
  void writesTheBytesOfTheReferenceImplementationWhateverTheOrderGiven(String name)
      throws Exception {
    byte[] file = Fixtures.resource(name);
    Safetensors contents = SafetensorsReader.read(file, name);
    Map<String, Tensor> reversed = new TreeMap<>(Collections.reverseOrder());
    reversed.putAll(contents.tensors());

    byte[] written = SafetensorsWriter.toBytes(new Safetensors(reversed, contents.metadata()));

    assertThat(written).isEqualTo(file);
  }

  @Test
  void writesNoMetadataWhereThereIsNone() {
    byte[] written = SafetensorsWriter.toBytes(new Safetensors(Map.of(), Map.of()));

    assertThat(written).isEqualTo(Fixtures.safetensors("{}      ", 0));
  }

  @Test
  void sortsMetadataSoThatTheSameContentsAreTheSameBytes() {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("version", "2");
    metadata.put("format", "pt");

    byte[] written = SafetensorsWriter.toBytes(new Safetensors(Map.of(), metadata));

    assertThat(new String(written, 8, written.length - 8, StandardCharsets.UTF_8).trim())
        .isEqualTo("{\"__metadata__\":{\"format\":\"pt\",\"version\":\"2\"}}");
  }

  @Test
  void keepsTheOrderOfTypesOfTheReferenceImplementation() {
    assertThat(DType.values())
        .extracting(DType::name)
        .containsExactly(
            "BOOL F4 F6_E2M3 F6_E3M2 U8 I8 F8_E5M2 F8_E4M3 F8_E8M0 F8_E4M3FNUZ F8_E5M2FNUZ I16 U16"
                .concat(" F16 BF16 I32 U32 F32 C64 F64 I64 U64")
                .split(" ", -1));
  }

  @Test
  void refusesWhatNoReaderWouldAccept() {
    assertThatThrownBy(() -> new Safetensors(Map.of("__metadata__", Tensor.ofLong(1)), Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("__metadata__, which the format reserves");
    Safetensors halfPair = new Safetensors(Map.of("a\ud800", Tensor.ofLong(1)), Map.of());
    assertThatThrownBy(() -> SafetensorsWriter.toBytes(halfPair))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("half of a surrogate pair");
    Safetensors longText = new Safetensors(Map.of(), Map.of("k", "v".repeat(100_000_000)));
    assertThatThrownBy(() -> SafetensorsWriter.toBytes(longText))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected at most 100000000; write several files");
  }

  @Property(tries = 200)
  void whatIsWrittenIsReadBack(@ForAll @Size(max = 6) List<String> words) throws Exception {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    Map<String, String> metadata = new LinkedHashMap<>();
    for (String word : words) {
      String name = word.replaceAll("[\\ud800-\\udfff]", "\ud83d\ude00");
      tensors.put(name, Tensor.ofVector(new float[name.length() % 3]));
      metadata.put(name, name + name);
    }

    byte[] file = SafetensorsWriter.toBytes(new Safetensors(tensors, metadata));
    Safetensors read = SafetensorsReader.read(file, "f");

    assertThat(read.tensors().keySet()).isEqualTo(tensors.keySet());
    assertThat(read.metadata()).isEqualTo(metadata);
    assertThat(SafetensorsWriter.toBytes(read)).isEqualTo(file);
  }
}
