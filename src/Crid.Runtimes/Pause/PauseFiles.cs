using Crid.Keeper.Protocol;

namespace Crid.Runtimes;

/// <summary>The files of a sandbox's infra process.</summary>
internal sealed class PauseFiles(string sandboxDirectory)
{
    public string Directory { get; } = $"{sandboxDirectory}/pause";

    public string IoPath => $"{Directory}/io";

    public string PidPath => $"{Directory}/pid";

    public string ErrorPath => $"{Directory}/error";

    /// <summary>Holds the path of the cgroup that was made, for whoever stops the process.</summary>
    public string CgroupPath => $"{Directory}/cgroup";

    public string ReadError(SpawnResult result) =>
        File.Exists(ErrorPath) ? File.ReadAllText(ErrorPath).Trim() : $"exit status {result.RuntimeExitStatus}";
}
