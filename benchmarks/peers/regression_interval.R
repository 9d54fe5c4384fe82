# Fit and standard errors by TMB; the time of the fit alone.
# Rscript regression_interval.R compile FOLDER | ... fit FOLDER
suppressMessages(library(TMB))
asked <- commandArgs(trailingOnly = TRUE)
setwd(asked[2])
if (asked[1] == "compile") {
  sink(stderr())
  compile("regression_interval.cpp")
  quit(status = 0)
}
dyn.load(dynlib("regression_interval"))
data <- as.matrix(read.csv("rows.csv"))
data[data == -1] <- Inf
columns <- ncol(data) - 2
before <- proc.time()
model <- MakeADFun(
  data = list(
    low = data[, 1], high = data[, 2], design = cbind(1, data[, -(1:2)])
  ),
  parameters = list(beta = c(log(mean(data[, 1]) + .1), rep(0, columns)), log_alpha = 0),
  DLL = "regression_interval", silent = TRUE
)
best <- nlminb(model$par, model$fn, model$gr, control = list(rel.tol = 1e-12))
report <- sdreport(model)
spent <- (proc.time() - before)[["user.self"]] + (proc.time() - before)[["sys.self"]]
cat(spent, "\n", file = "fit.txt")
cat(best$par, "\n", file = "fit.txt", append = TRUE)
