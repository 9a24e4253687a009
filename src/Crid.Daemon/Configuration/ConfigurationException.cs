using Crid.Core;

namespace Crid.Daemon;

/// <summary>A configuration can't be used; carries every error that was found in it.</summary>
internal sealed class ConfigurationException(IReadOnlyList<ConfigurationError> errors)
    : CridException(ErrorKind.InvalidArgument, string.Join('\n', errors))
{
    public IReadOnlyList<ConfigurationError> Errors => errors;
}
