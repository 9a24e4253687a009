using Crid.Core;
using Crid.Oci;

namespace Crid.Runtimes;

/// <summary>What a container executes, and where: the request's words before the image's.</summary>
internal static class ProcessArguments
{
    /// <remarks>A command of the request replaces the image's entry point and its arguments; arguments alone keep the entry point.</remarks>
    /// <exception cref="CridException">InvalidArgument: neither names a command.</exception>
    public static IReadOnlyList<string> For(ContainerSpec spec, ImageExecutionConfig? image)
    {
        if (spec.Command.Count > 0)
        {
            return [.. spec.Command, .. spec.Args];
        }

        IReadOnlyList<string> entrypoint = image?.Entrypoint is { } words && words is not [""] ? words : [];
        IReadOnlyList<string> arguments = spec.Args.Count > 0 ? spec.Args : image?.Cmd ?? [];
        return entrypoint.Count + arguments.Count > 0
            ? [.. entrypoint, .. arguments]
            : throw CridException.InvalidArgument($"no command: neither the request nor image '{spec.Image}' names one");
    }

    /// <exception cref="CridException">InvalidArgument: the request's directory is not absolute.</exception>
    public static string WorkingDirectory(ContainerSpec spec, ImageExecutionConfig? image)
    {
        if (spec.WorkingDirectory.Length > 0)
        {
            return spec.WorkingDirectory[0] == '/'
                ? spec.WorkingDirectory
                : throw CridException.InvalidArgument($"working directory '{spec.WorkingDirectory}' is not absolute");
        }

        return image?.WorkingDir switch
        {
            null or "" => "/",
            ['/', ..] absolute => absolute,
            string relative => "/" + relative,
        };
    }
}
