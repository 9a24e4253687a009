namespace Crid.Networking;

/// <summary>The networks of one runtime handler's pods.</summary>
/// <param name="Networks">As <see cref="NetworkOptions.Networks"/>.</param>
public sealed record HandlerNetworks(string ConfigurationDirectory, int Networks);
