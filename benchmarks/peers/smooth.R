# One case of the comparison by mgcv: the same Gaussian prior as a penalty, REML.
# Rscript smooth.R FOLDER; reads case.json and reports.csv, writes mgcv.json.
# mgcv has no priors of hyperparameters, takes exact counts of single cells only, and
# refuses a model with more coefficients than counts.
suppressMessages(library(mgcv))
folder <- commandArgs(trailingOnly = TRUE)[1]
case <- jsonlite::fromJSON(file.path(folder, "case.json"))
rows <- read.csv(file.path(folder, "reports.csv"))
order <- if (case$trend == "rw2") 2 else 1
level <- function(time) factor(time, levels = seq_len(case$length) - 1)
penalty <- crossprod(diff(diag(case$length), differences = order))
dimnames(penalty) <- list(levels(level(0)), levels(level(0)))
rows$cell <- level(rows$time)
rows$place <- factor(rows$place, levels = seq_len(case$places) - 1)
formula <- low ~ s(cell, bs = "mrf", k = case$length, xt = list(penalty = penalty)) +
  offset(log(weight))
if (case$trend == "drift") formula <- update(formula, . ~ . + time)
if (case$places > 1) formula <- update(formula, . ~ . + s(place, bs = "re"))
before <- proc.time()
fit <- gam(formula, if (case$family == "negbin") nb() else poisson(), rows,
  method = "REML", drop.unused.levels = FALSE
)
spent <- proc.time() - before
shown <- data.frame(
  cell = level(case$cells[, 1]), time = case$cells[, 1], weight = 1,
  place = factor(case$cells[, 2], levels = levels(rows$place))
)
eta <- predict(fit, shown, se.fit = TRUE, unconditional = TRUE)
invisible(capture.output(components <- gam.vcomp(fit)))
sds <- if (is.list(components)) components$vc else as.matrix(components)
hyper <- list(log_step_sd = list(mean = log(sds[1, 1])))
if (case$family == "negbin") {
  hyper$log_spread <- list(mean = -fit$family$getTheta(FALSE) / 2)
}
answer <- list(
  peer = "mgcv", version = paste("mgcv", packageVersion("mgcv")), integrates = FALSE,
  cpu_s = spent[["user.self"]] + spent[["sys.self"]], status = fit$outer.info$conv,
  eta = list(mean = as.vector(eta$fit), sd = as.vector(eta$se.fit)), hyper = hyper
)
text <- jsonlite::toJSON(answer, auto_unbox = TRUE, digits = 10, pretty = TRUE)
writeLines(text, file.path(folder, "mgcv.json"))
