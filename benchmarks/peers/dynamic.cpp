// Negative binomial counts with a random-walk log rate, the model of DynamicRate.
#include <TMB.hpp>

template <class Type>
Type objective_function<Type>::operator()() {
  DATA_VECTOR(count);
  DATA_SCALAR(step_rate);
  DATA_SCALAR(size_rate);
  PARAMETER_VECTOR(log_rate);
  PARAMETER(log_step_sd);
  PARAMETER(log_spread);
  Type step_sd = exp(log_step_sd), spread = exp(log_spread);
  Type size = pow(spread, Type(-2));
  Type lost = -(log_step_sd - step_rate * step_sd + log_spread - size_rate * spread);
  lost -= dnorm(log_rate(0), Type(0), Type(5), true);
  for (int t = 1; t < log_rate.size(); t++)
    lost -= dnorm(log_rate(t), log_rate(t - 1), step_sd, true);
  for (int t = 0; t < count.size(); t++) {
    Type log_excess = 2 * log_rate(t) - log(size);
    lost -= dnbinom_robust(count(t), log_rate(t), log_excess, true);
  }
  return lost;
}
