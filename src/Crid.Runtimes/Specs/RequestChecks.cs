using Crid.Core;

namespace Crid.Runtimes;

/// <summary>Refuses what no step of the builder can make, before anything is read or written.</summary>
internal static class RequestChecks
{
    public static void Check(SpecInput input, HostFacts host)
    {
        if (input.Security.Privileged && !input.Creation.Sandbox.Security.Privileged)
        {
            throw CridException.InvalidArgument("a privileged container needs a sandbox that is privileged");
        }

        if (input.Spec.CdiDevices.Count > 0)
        {
            throw new CridException(ErrorKind.Unimplemented, $"CDI device '{input.Spec.CdiDevices[0]}': CDI devices are not supported");
        }

        if (host.Selinux && input.Security.Selinux is not null)
        {
            throw new CridException(ErrorKind.Unimplemented, "SELinux options are not supported on a host that has SELinux enabled");
        }

        ResourceClasses.Refuse(input.Spec, input.Creation.Sandbox);
        CheckUserNamespace(input.Security.Namespaces.User ?? input.Creation.Sandbox.Security.Namespaces.User);
    }

    /// <exception cref="CridException">InvalidArgument: the options contradict themselves. Unimplemented: a user namespace of its own.</exception>
    public static void CheckUserNamespace(UserNamespaceSpec? user)
    {
        switch (user?.Mode)
        {
            case null:
                return;
            case NamespaceMode.Node when user.Uids.Count == 0 && user.Gids.Count == 0:
                return;
            case NamespaceMode.Node:
                throw CridException.InvalidArgument("user namespace mode NODE takes no id mappings");
            case NamespaceMode.Pod when user.Uids.Count != 1 || user.Gids.Count != 1:
                throw CridException.InvalidArgument("user namespace mode POD takes one mapping of user ids and one of group ids");
            case NamespaceMode.Pod:
                throw new CridException(ErrorKind.Unimplemented, "pods with a user namespace of their own are not supported");
            default:
                throw CridException.InvalidArgument($"user namespace mode {user.Mode.ToString().ToUpperInvariant()} does not exist");
        }
    }
}
