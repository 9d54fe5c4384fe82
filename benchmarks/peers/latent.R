# One case of the comparison by TMB: Laplace's approximation, hyperparameters optimised.
# Rscript latent.R compile BUILD | Rscript latent.R fit BUILD FOLDER
# BUILD has latent.cpp; FOLDER has case.json and reports.csv, and gets tmb.json.
suppressMessages(library(TMB))
asked <- commandArgs(trailingOnly = TRUE)
if (asked[1] == "compile") {
  sink(stderr())
  setwd(asked[2])
  compile("latent.cpp")
  quit(status = 0)
}
dyn.load(dynlib(file.path(asked[2], "latent")))
folder <- asked[3]
case <- jsonlite::fromJSON(file.path(folder, "case.json"))
rows <- read.csv(file.path(folder, "reports.csv"))
first <- which(!duplicated(rows$observation))
last <- c(first[-1] - 1, nrow(rows))
prior <- case$priors
given <- function(name, other) if (is.null(prior[[name]])) other else prior[[name]]
negbin <- case$family == "negbin"
drifts <- case$trend == "drift"
thins <- any(rows$thinned == 1)
places <- case$places
counted <- (sum(rows$low[first]) + 1) / sum(rows$weight)
ar1 <- case$trend == "ar1"
parameters <- list(
  walk = rep(if (ar1) 0 else log(counted), case$length), effect = rep(0, places),
  drift = 0, level = if (ar1) log(counted) else 0, log_step_sd = log(.5 / prior$step_rate),
  log_spread = log(.7), log_place_sd = log(.5), logit_correlation = 1, logit_found = 2
)
fixed <- list()
if (places == 1) fixed <- c(fixed, list(effect = factor(NA), log_place_sd = factor(NA)))
if (!drifts) fixed$drift <- factor(NA)
if (!ar1) fixed <- c(fixed, list(level = factor(NA), logit_correlation = factor(NA)))
if (!negbin) fixed$log_spread <- factor(NA)
if (!thins) fixed$logit_found <- factor(NA)
random <- c("walk", if (places > 1) "effect", if (drifts) "drift", if (ar1) "level")
before <- proc.time()
model <- MakeADFun(
  data = list(
    family = as.integer(negbin), trend = match(case$trend, c("rw2", "ar1"), 0L),
    drifts = as.integer(drifts), thins = as.integer(thins),
    row_first = first - 1L, row_last = as.integer(last - 1L), time = rows$time,
    place = rows$place, weight = rows$weight, low = rows$low[first],
    high = ifelse(is.na(rows$high[first]), 1e18, rows$high[first]),
    thinned = rows$thinned[first],
    shown_time = case$cells[, 1], shown_place = case$cells[, 2],
    start = c(prior$start_mean, prior$start_sd), step_rate = prior$step_rate,
    slope_sd = given("slope_sd", 0), place_rate = given("place_rate", 1),
    spread_rate = given("spread_rate", 1),
    correlation_rate = given("correlation_rate", 1), found_prior = given("found", c(1, 1))
  ),
  parameters = parameters, map = fixed, random = random, DLL = "latent", silent = TRUE
)
best <- nlminb(model$par, model$fn, model$gr)
report <- sdreport(model)
spent <- proc.time() - before
eta <- summary(report, "report")
hyper <- summary(report, "fixed")
estimates <- apply(hyper, 1, function(row) list(mean = row[[1]], sd = row[[2]]))
answer <- list(
  peer = "TMB", version = paste("TMB", packageVersion("TMB")), integrates = FALSE,
  cpu_s = spent[["user.self"]] + spent[["sys.self"]], status = best$message,
  eta = list(mean = eta[, 1], sd = eta[, 2]), hyper = estimates
)
text <- jsonlite::toJSON(answer, auto_unbox = TRUE, digits = 10, pretty = TRUE)
writeLines(text, file.path(folder, "tmb.json"))
