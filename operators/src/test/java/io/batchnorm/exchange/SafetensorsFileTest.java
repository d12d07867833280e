package io.batchnorm.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsFileTest {

  private static final int CHUNK = 1 << 20;

  @TempDir Path directory;

  @Test
  void readsTheStateOfATorchBatchNorm() throws Exception {
    Safetensors state = SafetensorsReader.read(StateDict.BYTES, "bn.safetensors");

    assertThat(state.metadata()).containsExactly(Map.entry("format", "pt"));
    assertThat(state.tensors().keySet())
        .containsExactly("num_batches_tracked", "bias", "running_mean", "running_var", "weight");
    assertThat(state.tensors().get("num_batches_tracked").asLong()).isEqualTo(7);
    assertThat(state.tensors().get("num_batches_tracked").shape()).isEmpty();
    assertThat(state.tensors().get("running_mean").asFloats()).containsExactly(0.25f, -1.5f);
    assertThat(state.tensors().get("running_mean").shape()).containsExactly(2);
    assertThat(state.tensors().get("weight").dtype()).isEqualTo(DType.F32);
  }

  @Test
  void readsEveryTypeThatTheReferenceImplementationWrote() throws Exception {
    Safetensors all =
        SafetensorsReader.read(Fixtures.resource("dtypes.safetensors"), "dtypes.safetensors");

    assertThat(all.tensors().values())
        .extracting(Tensor::dtype)
        .containsExactly(
            DType.U64,
            DType.I64,
            DType.F64,
            DType.C64,
            DType.F32,
            DType.U32,
            DType.I32,
            DType.F16,
            DType.U16,
            DType.I16,
            DType.I8,
            DType.U8,
            DType.BOOL);
    assertThat(all.tensors().get("x11").asLongs()).containsExactly(0, 1, 2);
    assertThat(all.tensors().get("x5").asFloats()).containsExactly(0, 1, 2);
  }

  @Test
  void readsNamesThatNeedEscapes() throws Exception {
    Safetensors names =
        SafetensorsReader.read(Fixtures.resource("names.safetensors"), "names.safetensors");

    assertThat(names.tensors().keySet())
        .contains("", "a\"b", "a\\b", "a\nb", "a\u001fb", "\u2028", "\ud83d\ude00");
    assertThat(names.metadata()).containsExactly(Map.entry("\u00e9", "\"\n"));
  }

  @Test
  void acceptsTensorsListedInAnyOrder() throws Exception {
    String json =
        "{\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[1,4]},"
            + "\"e\":{\"data_offsets\":[1,1],\"shape\":[0,7],\"dtype\":\"F64\"},"
            + "\"a\":{\"dtype\":\"BOOL\",\"shape\":[],\"data_offsets\":[0,1]}}   ";
    byte[] file = Fixtures.safetensors(json, 4);
    file[file.length - 3] = 9;

    Map<String, Tensor> tensors = SafetensorsReader.read(file, "f").tensors();

    assertThat(tensors.keySet()).containsExactly("b", "e", "a");
    assertThat(tensors.get("b").data().get(0)).isEqualTo((byte) 9);
    assertThat(tensors.get("e").data().remaining()).isZero();
  }

  @Test
  void acceptsAFileWithoutTensors() throws Exception {
    assertThat(SafetensorsReader.read(Fixtures.safetensors("{}", 0), "f").tensors()).isEmpty();
  }

  @Test
  void readsOnlyTheTensorsThatAreWanted() throws Exception {
    Path path = directory.resolve("model.safetensors");
    Map<String, Tensor> model = new LinkedHashMap<>();
    model.put("conv.weight", Tensor.of(DType.U8, new long[] {8L * CHUNK}, new byte[8 * CHUNK]));
    model.put("bn.running_mean", Tensor.ofVector(1f, 2f));
    AtomicFile.write(path, out -> SafetensorsWriter.write(out, new Safetensors(model, Map.of())));
    SafetensorsReader.read(path, info -> false);

    long allocated =
        Allocation.bytesOf(
            () -> SafetensorsReader.read(path, info -> info.name().endsWith("running_mean")));
    Safetensors some = SafetensorsReader.read(path, info -> info.dtype() == DType.F32);

    assertThat(allocated).isLessThan(CHUNK);
    assertThat(some.tensors().keySet()).containsExactly("bn.running_mean");
    assertThat(some.tensors().get("bn.running_mean").asFloats()).containsExactly(1f, 2f);
  }

  @Test
  void readsFromFilesAboveTwoGigabytesButNoTensorAboveOne() throws Exception {
    Path path = directory.resolve("sparse.safetensors");
    byte[] start =
        Fixtures.safetensors(
            "{\"big\":{\"dtype\":\"U8\",\"shape\":[3000000000],\"data_offsets\":[0,3000000000]},"
                + "\"n\":{\"dtype\":\"I64\",\"shape\":[1],"
                + "\"data_offsets\":[3000000000,3000000008]}}",
            0);
    try (RandomAccessFile sparse = new RandomAccessFile(path.toFile(), "rw")) {
      sparse.write(start);
      sparse.setLength(start.length + 3_000_000_008L);
      sparse.seek(start.length + 3_000_000_000L);
      sparse.write(5);
    }

    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      ExchangeException refusal =
          catchThrowableOfType(ExchangeException.class, () -> file.tensor("big"));

      assertThat(file.tensor("n").asLong()).isEqualTo(5);
      assertThat(refusal.fault()).isEqualTo(Fault.TOO_LARGE);
      assertThat(refusal)
          .hasMessageContaining("'big' has 3000000000 bytes, expected at most 1073741824");
    }
  }

  @Test
  void tellsTypeShapeAndSizeWithoutReadingTheData() throws Exception {
    try (SafetensorsFile file = SafetensorsFile.of(StateDict.BYTES, "bn")) {
      TensorInfo info = file.tensors().get("running_var");

      assertThat(info.dtype()).isEqualTo(DType.F32);
      assertThat(info.shape()).containsExactly(2);
      assertThat(info.byteLength()).isEqualTo(8);
      assertThat(info).hasToString("running_var: F32(2,)");
      assertThat(file.metadata()).containsEntry("format", "pt");
    }
  }

  @Test
  void namesTheTensorThatIsNotThere() throws Exception {
    try (SafetensorsFile file = SafetensorsFile.of(StateDict.BYTES, "bn")) {
      assertThatThrownBy(() -> file.tensor("bn1.weight"))
          .isInstanceOf(ExchangeException.class)
          .hasMessage("bn: it has no tensor 'bn1.weight' among its 5");
    }
  }

  @Test
  void refusesAFileThatShrinksWhileItIsOpen() throws Exception {
    Path path = Files.write(directory.resolve("f"), StateDict.BYTES);

    try (SafetensorsFile file = SafetensorsFile.open(path);
        RandomAccessFile shrinking = new RandomAccessFile(path.toFile(), "rw")) {
      shrinking.setLength(390);

      assertThat(file.tensor("bias").asFloats()).containsExactly(0f, 0f);
      assertThatThrownBy(() -> file.tensor("weight"))
          .isInstanceOf(ExchangeException.class)
          .hasMessageContaining("became shorter while it was read");
    }
  }

  @Test
  void leavesMissingAndClosedFilesToTheCallerAsOrdinaryIoErrors() throws Exception {
    Path path = Files.write(directory.resolve("f"), StateDict.BYTES);
    SafetensorsFile file = SafetensorsFile.open(path);
    Tensor kept = file.tensor("running_mean");
    file.close();

    assertThat(kept.asFloats()).containsExactly(0.25f, -1.5f);
    assertThatThrownBy(() -> file.tensor("weight")).isInstanceOf(ClosedChannelException.class);
    assertThatThrownBy(() -> SafetensorsFile.open(directory.resolve("missing")))
        .isInstanceOf(NoSuchFileException.class)
        .isInstanceOf(IOException.class);
  }
}
