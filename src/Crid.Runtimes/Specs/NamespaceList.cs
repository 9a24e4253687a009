using Crid.Core;
using Crid.Oci;

namespace Crid.Runtimes;

/// <summary>Which namespaces a container joins, and which it gets anew. A kind that is left out is the host's.</summary>
internal static class NamespaceList
{
    public static IReadOnlyList<OciNamespace> For(SpecInput input, HostFacts host)
    {
        List<OciNamespace> namespaces = [new("mount")];
        AddPinned(namespaces, "user", input.Environment.UserNamespace);
        AddProcesses(namespaces, input);
        AddPinned(namespaces, "network", input.Environment.NetworkNamespace);
        AddPinned(namespaces, "ipc", input.Environment.IpcNamespace);
        AddPinned(namespaces, "uts", input.Environment.UtsNamespace);
        if (host.UnifiedCgroups && !input.Security.Privileged)
        {
            namespaces.Add(new OciNamespace("cgroup"));
        }

        return namespaces;
    }

    private static void AddProcesses(List<OciNamespace> namespaces, SpecInput input)
    {
        switch (input.PidMode)
        {
            case NamespaceMode.Container:
                namespaces.Add(new OciNamespace("pid"));
                break;
            case NamespaceMode.Pod:
                string shared = input.PidNamespace
                    ?? throw CridException.FailedPrecondition($"sandbox '{input.Environment.Id}' has no PID namespace that containers could share");
                namespaces.Add(new OciNamespace("pid", shared));
                break;
            case NamespaceMode.Target:
                string target = input.PidNamespace
                    ?? throw CridException.FailedPrecondition($"target container '{input.Security.Namespaces.TargetId}' is not running");
                namespaces.Add(new OciNamespace("pid", target));
                break;
            case NamespaceMode.Node:
                break;
            default:
                throw CridException.InvalidArgument($"PID namespace mode {(int)input.PidMode} is not known");
        }
    }

    private static void AddPinned(List<OciNamespace> namespaces, string type, string? path)
    {
        if (path is not null)
        {
            namespaces.Add(new OciNamespace(type, path));
        }
    }
}
