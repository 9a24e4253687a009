using Crid.Pods;

namespace Crid.Cri;

/// <summary>What a verbose status tells of a container beyond the CRI's fields; nothing of its environment.</summary>
internal static class ContainerInfo
{
    public static string ToJson(Container container) => VerboseInfo.Write(writer =>
    {
        writer.WriteString("sandboxID", container.SandboxId.Value);
        writer.WriteNumber("pid", container.Status.Pid);
        writer.WriteString("cgroupPath", container.Status.CgroupPath);
        writer.WriteBoolean("privileged", container.Spec.Security.Privileged);
        writer.WriteBoolean("tty", container.Spec.Tty);
        writer.WriteBoolean("stdin", container.Spec.Stdin);
        writer.WriteStrings("command", container.Spec.Command);
        writer.WriteStrings("args", container.Spec.Args);
        writer.WriteString("workingDir", container.Spec.WorkingDirectory);
    });
}
