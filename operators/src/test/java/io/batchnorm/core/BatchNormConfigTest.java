package io.batchnorm.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchNormConfigTest {
  @Test
  void defaultsArePytorchsButRejectWhatCorrupts() {
    BatchNormConfig config = BatchNormConfig.defaults();

    assertThat(config.eps()).isEqualTo(1e-5);
    assertThat(config.averaging()).isEqualTo(Averaging.exponential(0.1));
    assertThat(config.affine()).isTrue();
    assertThat(config.trackRunningStatistics()).isTrue();
    assertThat(config.nonFinite()).isEqualTo(NonFinite.REJECT);
    assertThat(config.unknownKey()).isEqualTo(UnknownKey.REJECT);
  }

  @Test
  void builderSetsEverySetting() {
    BatchNormConfig built =
        BatchNormConfig.builder()
            .eps(1e-3)
            .averaging(Averaging.cumulative())
            .affine(false)
            .trackRunningStatistics(false)
            .nonFinite(NonFinite.PROPAGATE)
            .unknownKey(UnknownKey.INITIAL)
            .build();

    assertThat(built)
        .isEqualTo(
            new BatchNormConfig(
                1e-3,
                Averaging.cumulative(),
                false,
                false,
                NonFinite.PROPAGATE,
                UnknownKey.INITIAL));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1e-5, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
  void refusesAnEpsThatIsNotFiniteAndAboveZero(double eps) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BatchNormConfig.builder().eps(eps).build())
        .withMessage("eps is %s, wanted a finite number above 0, such as 1e-5", eps);
  }

  @Test
  void takesTheSmallestEps() {
    assertThat(BatchNormConfig.builder().eps(Double.MIN_VALUE).build().eps()).isPositive();
  }

  @Test
  void reportsAllFaultsAtOnce() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new BatchNormConfig(-1, null, true, true, null, null))
        .withMessage(
            """
            eps is -1.0, wanted a finite number above 0, such as 1e-5
            averaging is missing
            nonFinite is missing
            unknownKey is missing\
            """);
  }

  @Test
  void asTextSaysWhatTheStatisticsDependOn() {
    assertThat(BatchNormConfig.defaults().asText())
        .isEqualTo(Map.of("eps", "1.0E-5", "averaging", "exponential", "momentum", "0.1"));
    assertThat(BatchNormConfig.builder().averaging(Averaging.population()).build().asText())
        .isEqualTo(Map.of("eps", "1.0E-5", "averaging", "population"));
  }
}
