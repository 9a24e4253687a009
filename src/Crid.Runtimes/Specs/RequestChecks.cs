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

        if (host.Selinux && input.Environment.Selinux is null && input.Security.Selinux is not null)
        {
            throw new CridException(ErrorKind.FailedPrecondition, "SELinux options: contexts of containers are turned off on this host (runtimes.selinux)");
        }

        ResourceClasses.Refuse(input.Spec, input.Creation.Sandbox);
        CheckUserNamespace(input);
    }

    /// <summary>A container joins its sandbox's user namespace also where it does not ask for it, but never where it asks for another.</summary>
    private static void CheckUserNamespace(SpecInput input)
    {
        UserNamespaceSpec? own = input.Security.Namespaces.FindOwnUser();
        UserNamespaceSpec? sandbox = input.UserNamespace;
        if (own is not null && sandbox is null)
        {
            throw CridException.InvalidArgument("a container can't have a user namespace where its sandbox has none");
        }

        if (sandbox is not null && input.Security.Namespaces.User is { } asked && !asked.IsSameAs(sandbox))
        {
            throw CridException.InvalidArgument("the user namespace options of the container differ from those of its sandbox");
        }

        if (sandbox is not null && input.PidMode == NamespaceMode.Node)
        {
            throw CridException.InvalidArgument("the node's PID namespace can't be used in a user namespace: the kernel refuses to mount /proc");
        }
    }
}
