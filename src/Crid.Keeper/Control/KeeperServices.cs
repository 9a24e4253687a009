using Microsoft.Extensions.Logging;

namespace Crid.Keeper;

/// <summary>What every part of the keeper works with.</summary>
/// <param name="Loop">The control thread.</param>
/// <param name="Logs">Threads that touch log files, which may lie on a file system that hangs.</param>
/// <param name="Spools">What the threads of Logs read output into.</param>
/// <param name="Jobs">Threads that start commands and remove files: an exec probe must not wait behind a log.</param>
internal sealed record KeeperServices(ControlLoop Loop, LogWorkers Logs, SpoolDirectory Spools, LogWorkers Jobs, TimeProvider Time, ILogger Logger);
